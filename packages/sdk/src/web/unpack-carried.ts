import { StablePoseError } from '@stable-pose/core/errors';

/** Characters that are decoded at a time: a multiple of four, and a few milliseconds of the page's time. */
const sliceCharacters = 2 ** 20;

/** A file that a page carries as text: gzip, as base64. @param name for what is said when it is damaged @throws invalid-input */
export async function unpackCarried(text: string, name: string): Promise<Blob> {
  let at = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= text.length) return controller.close();
      controller.enqueue(bytesOf(text.slice(at, at + sliceCharacters)));
      at += sliceCharacters;
    },
  });
  try {
    return await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).blob();
  } catch (cause) {
    throw new StablePoseError('invalid-input', `The file ${name} inside the plug-in's page is damaged.`, {
      remedy: 'Install the plug-in again.',
      cause,
    });
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
