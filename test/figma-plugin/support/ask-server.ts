// Runs in a frame: asks a server what it is, and tells the page around it how that ended.
import { StablePoseError } from '@stable-pose/core/errors';
import { RemoteEngine } from '@stable-pose/sdk/remote';

declare const server: string;

new RemoteEngine({ url: server, token: 'none', patienceMs: 0 }).describe().then(
  () => parent.postMessage({ code: 'none' }, '*'),
  (error: unknown) => {
    const { code, details } = StablePoseError.from(error);
    parent.postMessage({ code, reason: details.reason, protocol: location.protocol }, '*');
  },
);
