import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';

const studio = fileURLToPath(new URL('../studio/', import.meta.url));
const views = { front: 0, 'three quarters': 35, left: 90, right: -90, back: 180 };

/**
 * The studio's library as what the quick-action box needs: names, and each pose from five sides in thousandths of a picture.
 * @returns {Promise<{ names: string[], views: string[], poses: Record<string, Record<string, (readonly [number, number] | null)[]>> }>}
 */
export async function namedPoses() {
  const { outputFiles } = await bundle({
    stdin: {
      contents: `
        export { configurations } from './src/library/configurations.ts';
        export { poseMannequin } from './src/library/mannequin.ts';
        export { poseFromView } from './src/library/see-mannequin.ts';
      `,
      resolveDir: studio,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['source'],
    logLevel: 'error',
  });
  const text = outputFiles[0].text;
  const { configurations, poseMannequin, poseFromView } = await import(
    `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  );
  const poses = Object.fromEntries(
    configurations.map((configuration) => {
      const mannequin = poseMannequin(configuration);
      const seen = Object.entries(views).map(([view, around]) => {
        const { keypoints } = poseFromView(mannequin, { around }, { width: 1000, height: 1000 });
        return [view, keypoints.map(([x, y, c]) => (c > 0 ? [Math.round(x), Math.round(y)] : null))];
      });
      return [wordsOf(configuration.id), Object.fromEntries(seen)];
    }),
  );
  return { names: Object.keys(poses), views: Object.keys(views), poses };
}

/** @param {string} id */
const wordsOf = (id) => id.replaceAll('-', ' ');
