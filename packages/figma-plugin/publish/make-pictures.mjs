// Draws icon.png and cover.png, the pictures of the plug-in's page in Figma's community: node packages/figma-plugin/publish/make-pictures.mjs
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { namedPoses } from '../named-poses.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// Pairs of COCO's keypoints and the colour of each, as Stable-Pose draws them (core's pose/skeleton.ts).
const limbs = [
  [0, 1, '#db5e56'],
  [0, 2, '#db9056'],
  [1, 3, '#dbc256'],
  [2, 4, '#c2db56'],
  [3, 5, '#91db56'],
  [4, 6, '#5fdb56'],
  [5, 7, '#56db7f'],
  [6, 8, '#56dbb1'],
  [7, 9, '#56d3db'],
  [8, 10, '#56a1db'],
  [5, 11, '#566fdb'],
  [6, 12, '#6f56db'],
  [11, 13, '#a056db'],
  [12, 14, '#d256db'],
  [13, 15, '#db56b2'],
  [14, 16, '#db5680'],
];
const { poses } = await namedPoses();

/** A skeleton as SVG. @param {string} name @param {string} view */
function figure(name, view, { x, y, side, stroke }) {
  const at = poses[name][view].map(
    (place) => place && [x + (place[0] * side) / 1000, y + (place[1] * side) / 1000],
  );
  const lines = limbs
    .filter(([a, b]) => at[a] && at[b])
    .map(
      ([a, b, colour]) =>
        `<line x1="${at[a][0]}" y1="${at[a][1]}" x2="${at[b][0]}" y2="${at[b][1]}" stroke="${colour}" stroke-width="${stroke}" stroke-linecap="round"/>`,
    );
  const joints = at.map((place, i) => {
    if (!place) return '';
    const [, , colour] = limbs.find(([a, b]) => b === i || a === i);
    return `<circle cx="${place[0]}" cy="${place[1]}" r="${stroke * 0.85}" fill="${colour}" stroke="#14151b" stroke-width="${stroke * 0.22}"/>`;
  });
  return lines.join('') + joints.join('');
}

/** A frame as Figma shows what is selected. */
function frame(x, y, width, height, title) {
  const corners = [
    [x, y],
    [x + width, y],
    [x, y + height],
    [x + width, y + height],
  ];
  return `<text x="${x}" y="${y - 16}" font-size="22" fill="#9a9bb0">${title}</text>
    <rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#1f2029" stroke="#0d99ff" stroke-width="3"/>
    ${corners.map(([cx, cy]) => `<rect x="${cx - 7}" y="${cy - 7}" width="14" height="14" fill="#fff" stroke="#0d99ff" stroke-width="3"/>`).join('')}`;
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128">
  <rect width="128" height="128" rx="28" fill="#16171e"/>
  ${figure('waving', 'front', { x: -2, y: 0, side: 132, stroke: 6.5 })}
</svg>`;

const cover = `<svg xmlns="http://www.w3.org/2000/svg" width="1920" height="1080" viewBox="0 0 1920 1080" font-family="Inter, DejaVu Sans, sans-serif">
  <rect width="1920" height="1080" fill="#14151b"/>
  <g fill="#fff">
    <text x="130" y="440" font-size="104" font-weight="700" letter-spacing="-2">Stable-Pose</text>
    <text x="134" y="540" font-size="40" fill="#d4d5e2">Pose people as layers.</text>
    <text x="134" y="598" font-size="40" fill="#d4d5e2">Get pictures in exactly that pose,</text>
    <text x="134" y="656" font-size="40" fill="#d4d5e2">made on your own machine.</text>
  </g>
  ${frame(1000, 150, 380, 780, 'Poster')}
  ${figure('waving', 'front', { x: 830, y: 190, side: 720, stroke: 15 })}
  ${frame(1450, 150, 340, 360, 'Card 1')}
  ${figure('sprinting', 'three quarters', { x: 1455, y: 165, side: 330, stroke: 8 })}
  ${frame(1450, 570, 340, 360, 'Card 2')}
  ${figure('standing feet apart', 'back', { x: 1455, y: 585, side: 330, stroke: 8 })}
</svg>`;

await sharp(Buffer.from(icon)).png().toFile(here('icon.png'));
await sharp(Buffer.from(cover)).png({ palette: true }).toFile(here('cover.png'));
