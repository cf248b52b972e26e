import type { HostStore } from '@stable-pose/sdk';
import { choiceName } from './engines.ts';

/**
 * A team's build begins with its server: people are asked for their token, its address is there already. What they chose
 * since counts more. Before `mountStudio`. @throws what the store throws
 */
export async function beginWithServer(settings: HostStore, url: string): Promise<void> {
  if (await settings.read(choiceName)) return;
  const choice = JSON.stringify({ way: 'remote', urls: { remote: url } });
  await settings.write(choiceName, new TextEncoder().encode(choice));
}
