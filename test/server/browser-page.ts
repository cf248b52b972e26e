import { StablePoseError } from '@stable-pose/core';
import { RemoteEngine } from '@stable-pose/sdk/remote';

/** What a call from the page came to. Plain JSON. */
export interface PageOutcome {
  readonly origin: string;
  readonly size?: number;
  readonly previews?: number;
  readonly code?: string;
  readonly reason?: unknown;
  readonly message?: string;
}

/** Makes a picture through a server, from inside a page. */
async function callServer(url: string, token: string, request: object): Promise<PageOutcome> {
  const engine = new RemoteEngine({ url, token, patienceMs: 0 });
  let previews = 0;
  try {
    const { pictures } = await engine.generate(request, {
      onProgress: (progress) => {
        if ('preview' in progress && progress.preview) previews++;
      },
    });
    return { origin: self.origin, size: pictures[0].raster.data.length, previews };
  } catch (error) {
    const { code, message, details } = StablePoseError.from(error);
    return { origin: self.origin, code, message, reason: details.reason };
  } finally {
    await engine.dispose();
  }
}

Object.assign(globalThis, { callServer });
