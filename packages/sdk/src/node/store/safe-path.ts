import { StablePoseError } from '@stable-pose/core';

/** Names that Windows gives to devices. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A path that another machine named, if it stays inside the folder that it is put in, on every system.
 * @throws model-corrupt
 */
export function safePath(path: string): string {
  const parts = path.split('/');
  const isSafe =
    path.length <= 500 &&
    parts.every(
      (part) =>
        part !== '' &&
        part !== '.' &&
        part !== '..' &&
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
        !/[\u0000-\u001f<>:"\\|?*]/.test(part) &&
        !/[. ]$/.test(part) &&
        !devices.test(part),
    );
  if (isSafe) return path;
  throw new StablePoseError(
    'model-corrupt',
    `The source names a file ${JSON.stringify(path)}, which is no safe name.`,
    {
      remedy: 'Do not use this source.',
    },
  );
}
