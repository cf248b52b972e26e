import { describe, expect, it } from 'vitest';
import { readPoses } from '../../../packages/core/src/pose/index.ts';

const drawing = (body: string, head = '') =>
  `<?xml version="1.0"?>\n${head}<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="100pt" viewBox="0 0 200 100">${body}</svg>`;

describe('pose layers as SVG', () => {
  it('[P22] reads circles through the transforms that editors put on them and their groups', () => {
    const { poses, width, height, format } = readPoses(
      drawing(`<g transform="translate(10, 20) scale(2)">
        <circle id="P00_J00" cx="5" cy="6" r="4"/>
        <ellipse id="P00_J02" transform="matrix(1 0 0 1 3 4)" rx="4" ry="4"/>
        <circle id="P03_J00" transform="rotate(90 10 10)" cx="10" cy="0" r="4"/>
        <line id="P00_B12" x1="0" y1="0" x2="1" y2="1"/>
        <circle id="other" cx="1" cy="1" r="1"/>
      </g>`),
    );
    expect({ width, height, format }).toEqual({ width: 200, height: 100, format: 'krita-svg' });
    expect(poses).toHaveLength(2);
    expect(poses[0].keypoints[0]).toEqual([20, 32, 1]);
    expect(poses[0].keypoints[6]).toEqual([16, 28, 1]);
    const [x, y] = poses[1].keypoints[0];
    expect([x, y]).toEqual([expect.closeTo(50, 9), expect.closeTo(40, 9)]);
  });

  const joint = '<circle id="P00_J00" cx="5" cy="6" r="4"/>';
  const bomb = `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`,
  ).join('')}]>`;

  it.each([
    ['a bomb of entities', drawing(`${joint}<text>&j;</text>`, bomb), /no well-formed SVG/],
    [
      'a file outside',
      drawing(`${joint}<text>&x;</text>`, '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
      /no well-formed/,
    ],
    ['tags that do not close', drawing(`<g>${joint}`), /no well-formed/],
    [
      'groups in groups without end',
      drawing(`${'<g>'.repeat(100_000)}${joint}${'</g>'.repeat(100_000)}`),
      /well-formed|too deeply/,
    ],
    ['groups a little too deep', drawing(`${'<g>'.repeat(600)}${joint}${'</g>'.repeat(600)}`), /too deeply/],
    [
      'a place that is no number',
      drawing('<circle id="P00_J00" cx="50%" cy="6" r="4"/>'),
      /must be a number/,
    ],
    ['a transform of another kind', drawing(`<g transform="perspective(3)">${joint}</g>`), /transform/],
    ['a place far away', drawing('<circle id="P00_J00" cx="1e30" cy="6" r="4"/>'), /million|within/],
    ['a drawing of something else', drawing('<circle cx="5" cy="6" r="4"/>'), /no known format/],
  ])('[P18] [P22] refuses %s', (_, text, words) => {
    expect(() => readPoses(text)).toThrow(
      expect.objectContaining({ code: 'invalid-pose', message: expect.stringMatching(words) }) as Error,
    );
  });
});
