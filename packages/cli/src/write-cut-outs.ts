import { cutOut, encodePng, type Raster } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { openPersonMatter } from './open-eyes.ts';
import { writeWholeFile } from './write-file.ts';

/** A picture whose people go into a file of their own. */
export interface CutOut {
  readonly path: string;
  readonly raster: Raster;
}

/** Writes the people of each picture as a PNG on a transparent ground. @throws model-not-found, write-failed, disk-full */
export async function writeCutOuts(
  cutOuts: readonly CutOut[],
  threads: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const runtime = await createNodeRuntime({ device: 'cpu', threads, signal });
  try {
    const matter = await openPersonMatter(runtime);
    try {
      for (const { path, raster } of cutOuts) {
        await writeWholeFile(path, encodePng(cutOut(raster, await matter.matte(raster, { signal }))));
      }
    } finally {
      await matter.dispose();
    }
  } finally {
    await runtime.dispose();
  }
}
