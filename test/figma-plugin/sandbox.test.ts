import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/bundle-page.ts';
import { ageRealm } from './support/age-realm.ts';
import { figmaSimulator } from './support/figma-simulator.ts';

/** What the main half offers so far, as one script that leaves it in a variable. */
async function mainScript(): Promise<{ readonly text: string; readonly sources: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `
        export { drawSkeletonNodes } from './packages/figma-plugin/src/main/draw-skeleton-nodes.ts';
        export { followLimbs } from './packages/figma-plugin/src/main/follow-limbs.ts';
        export { readSkeletons } from './packages/figma-plugin/src/main/read-skeletons.ts';
      `,
      resolveDir: repositoryRoot,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'main',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2017',
    metafile: true,
    conditions: ['source'],
    logLevel: 'error',
  });
  const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0),
  );
  return { text: outputFiles[0].text, sources };
}

interface MainHalf {
  readonly drawSkeletonNodes: typeof import('../../packages/figma-plugin/src/main/draw-skeleton-nodes.ts').drawSkeletonNodes;
  readonly followLimbs: typeof import('../../packages/figma-plugin/src/main/follow-limbs.ts').followLimbs;
  readonly readSkeletons: typeof import('../../packages/figma-plugin/src/main/read-skeletons.ts').readSkeletons;
}

describe('the main half, bundled', () => {
  let script = '';
  let sources: readonly string[] = [];
  beforeAll(async () => {
    ({ text: script, sources } = await mainScript());
  }, 120_000);

  it('draws, follows and reads with nothing but the language of 2017', () => {
    // A fresh context has the language alone: no timers, no console, no fetch, no DOM.
    const main: MainHalf = runInNewContext(`${ageRealm}${script}; main`);
    const { figma, page, settle } = figmaSimulator();
    const frame = figma.createFrame();
    const keypoints = Array.from({ length: 17 }, (_, i) => [10 + 5 * i, 20 + ((i * 37) % 60), 1] as const);
    const group = main.drawSkeletonNodes(figma, { keypoints }, frame, { name: 'Person 1', lineWidth: 4 });
    settle();
    main.followLimbs(page);
    const nose = group.children.find(({ name }) => name === 'nose');
    if (nose?.type !== 'ELLIPSE') throw new Error('There is no nose.');
    nose.x += 7;
    settle();
    const [{ pose }] = main.readSkeletons(frame);
    expect(pose?.keypoints[0][0]).toBeCloseTo(17, 4);
    expect(pose?.keypoints[16][0]).toBeCloseTo(90, 4);
  });

  it('brings no library and no more of core than skeletons need', () => {
    expect(sources.filter((path) => path.includes('node_modules'))).toEqual([]);
    // 30 kB in November 2026; a table or a codec of core that slipped in would be seen.
    expect(script.length).toBeLessThan(40_000);
  });
});
