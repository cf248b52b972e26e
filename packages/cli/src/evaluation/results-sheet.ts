import {
  decodePng,
  drawPoses,
  pasteRaster,
  type Raster,
  raster,
  resizeRaster,
  withChannels,
} from '@stable-pose/core';
import type { EvaluationEntry, PictureResult } from '@stable-pose/evaluation';

const pairsInRow = 4;
const mostPairs = 24;
const side = 160;
const gap = 8;

/**
 * The first made pictures of a run in the list's order, of its first noise seed, each beside its skeleton, as one picture.
 * @param readFile the bytes of a result's file
 * @returns undefined when none was made
 */
export async function resultsSheet(
  entries: readonly EvaluationEntry[],
  results: readonly PictureResult[],
  readFile: (file: string) => Promise<Uint8Array>,
): Promise<Raster | undefined> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const made = results.filter(({ kind }) => kind === 'made');
  const shown = made.filter(({ seed }) => seed === made[0]!.seed).slice(0, mostPairs);
  if (shown.length === 0) return undefined;
  const pair = 2 * side + gap;
  const rows = Math.ceil(shown.length / pairsInRow);
  let sheet = raster(pairsInRow * pair + gap, rows * (side + gap) + gap, 3);
  sheet.data.fill(255);
  for (const [i, { name, file }] of shown.entries()) {
    const { poses, width, height } = byName.get(name)!;
    const skeleton = drawPoses(
      poses.map((keypoints) => ({ keypoints })),
      { width, height },
    );
    const x = gap + (i % pairsInRow) * pair;
    const y = gap + Math.floor(i / pairsInRow) * (side + gap);
    for (const [part, at] of [
      [decodePng(await readFile(file)), x],
      [skeleton, x + side],
    ] as const) {
      sheet = pasteRaster(sheet, fitted(part), at, y);
    }
  }
  return sheet;
}

/** As large as a square of `side` pixels holds. */
function fitted(picture: Raster): Raster {
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width, picture.height].map((x) => Math.max(1, Math.round(x * scale)));
  return withChannels(resizeRaster(picture, width!, height!), 3);
}
