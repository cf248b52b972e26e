import type { ExecutionProvider, GraphSource } from '@stable-pose/core/contract';
import { inceptionFeatures, inceptionWidth } from './architectures/inception.ts';
import { openCheckpoint } from './checkpoint/on-disk.ts';
import { shapesOf } from './model-source.ts';
import { compileGraph } from './onnx/compile-graph.ts';

/** Inception as a graph: picture `[B,3,H,W]`, RGB 0-255 -> features `[B,width]`. */
export interface InceptionSource {
  readonly graph: GraphSource;
  readonly width: number;
  /** Closes the file; the graph must not be loaded after. */
  dispose(): Promise<void>;
}

/**
 * Opens published Inception weights for FID and KID: `pt_inception-2015-12-05-6726825d.pth`, or torch-fidelity's.
 * @throws file-not-found, checkpoint-corrupt, checkpoint-unsupported, tensor-mismatch, architecture-unsupported
 */
export async function openInception(
  path: string,
  options: { readonly provider?: ExecutionProvider } = {},
): Promise<InceptionSource> {
  const checkpoint = await openCheckpoint(path);
  try {
    const shapes = shapesOf(checkpoint);
    const plan = inceptionFeatures(shapes, options);
    const graph = await compileGraph(plan, { model: checkpoint });
    return { graph, width: inceptionWidth(shapes), dispose: () => checkpoint.close() };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}
