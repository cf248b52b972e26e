import type { HostStore } from '@stable-pose/sdk';
import { choiceName } from './engines.ts';

/**
 * A team's build begins with the server that its page names in `<meta name="stable-pose-server">`: people are asked for their
 * token, its address is there already. What they chose since counts more. Before `mountStudio`. A page that names none, and a
 * store that fails, change nothing.
 */
export async function beginWithServer(settings: HostStore, page: Document): Promise<void> {
  const url = page.querySelector<HTMLMetaElement>('meta[name="stable-pose-server"]')?.content;
  if (!url) return;
  try {
    if (await settings.read(choiceName)) return;
    const choice = JSON.stringify({ way: 'remote', urls: { remote: url } });
    await settings.write(choiceName, new TextEncoder().encode(choice));
  } catch {
    // Without storage people choose the server by hand.
  }
}
