import { describe, expect, it } from 'vitest';
import { hostFindings } from '../../packages/cli/src/host-findings.ts';

const words = (machine: Parameters<typeof hostFindings>[0]) =>
  Object.fromEntries(
    hostFindings(machine).map(({ name, state, words, remedy }) => [name, { state, words, remedy }]),
  );

describe('what doctor says of the plug-ins', () => {
  it('leaves pictures to the plug-in where its page is Chromium and there is a graphics card', () => {
    const { figma, photoshop } = words({ platform: 'win32', hasCard: true });
    for (const one of [figma, photoshop]) {
      expect(one).toMatchObject({ state: 'good', words: expect.stringContaining('made in the plug-in') });
    }
  });

  it('recommends a server where there is no card, and says how to start it', () => {
    const { figma, photoshop } = words({ platform: 'win32', hasCard: false });
    for (const one of [figma, photoshop]) {
      expect(one).toMatchObject({
        state: 'absent',
        words: expect.stringMatching(/^use a server on this machine: no graphics card/),
        remedy: expect.stringContaining('stable-pose serve'),
      });
    }
  });

  it('recommends one for Photoshop on macOS, whatever the card: its panels are WebKit', () => {
    const { figma, photoshop } = words({ platform: 'darwin', hasCard: true });
    expect(figma.state).toBe('good');
    expect(photoshop).toMatchObject({ state: 'absent', words: expect.stringContaining('WebKit') });
  });

  it('names the server that is there already', () => {
    const serverUrl = 'http://127.0.0.1:17326';
    const { photoshop } = words({ platform: 'darwin', hasCard: true, serverUrl });
    expect(photoshop).toEqual({
      state: 'good',
      words: expect.stringContaining(`use the server that answers at ${serverUrl}`),
      remedy: undefined,
    });
  });

  it('says that Photoshop runs elsewhere, and how this machine can work for it', () => {
    const { photoshop } = words({ platform: 'linux', hasCard: false });
    expect(photoshop.words).toContain('does not run on linux');
    expect(photoshop.remedy).toContain('stable-pose plugin build');
  });
});
