import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

export interface ServerToken {
  readonly token: string;
  /** Made just now, and to be shown this once. */
  readonly isNew: boolean;
}

const form = /^sp_[A-Za-z0-9_-]{43}$/;

/**
 * The server's token: 256 random bits in a file that only its owner can read. Made when it is not there, or anew.
 * @throws write-failed; invalid-input when the file holds something else
 */
export async function readToken(
  file: string,
  options: { readonly renew?: boolean } = {},
): Promise<ServerToken> {
  if (options.renew) await rm(file, { force: true });
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) {
    const token = known.trim();
    if (!form.test(token)) {
      throw new StablePoseError('invalid-input', `${file} does not hold a token.`, {
        remedy: 'Start with --new-token to make a new one.',
      });
    }
    // Someone may have widened it.
    await chmod(file, 0o600).catch(() => {});
    return { token, isNew: false };
  }
  const token = `sp_${randomBytes(32).toString('base64url')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // Exclusive: of two servers that start at once, one makes it.
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${token}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return readToken(file);
    throw new StablePoseError(
      'write-failed',
      `The token could not be kept in ${file}: ${(cause as Error).message}.`,
      {
        remedy: 'Choose another folder with --data.',
        cause,
      },
    );
  }
  return { token, isNew: true };
}
