import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { userDataFolder } from '../../packages/sdk/src/node/user-data-folder.ts';

describe.runIf(process.platform === 'linux')('where data is kept on Linux', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['/data', '/data/stable-pose'],
    ['', join(homedir(), '.local/share/stable-pose')],
    [undefined, join(homedir(), '.local/share/stable-pose')],
  ])('is where XDG_DATA_HOME says, and an empty one says nothing: %j', (said, expected) => {
    vi.stubEnv('XDG_DATA_HOME', said);
    expect(userDataFolder()).toBe(expected);
  });
});
