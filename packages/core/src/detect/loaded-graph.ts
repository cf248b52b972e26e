import type { GraphSource } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Graph, GraphRuntime } from '../runtime/index.ts';
import type { DeviceTensor, FloatTensor, Tensor } from '../tensor/index.ts';

/** A graph that is loaded when it is first needed, once for all who wait, and stays until it is disposed. */
export class LoadedGraph {
  private readonly runtime: GraphRuntime;
  private readonly source: () => Promise<GraphSource>;
  private loading: Promise<Graph> | undefined;
  private isDisposed = false;

  constructor(runtime: GraphRuntime, source: () => Promise<GraphSource>) {
    this.runtime = runtime;
    this.source = source;
  }

  /** One input, one output. @throws internal after `dispose`; what loading and running throw */
  async run(input: string, value: FloatTensor, output: string, signal?: AbortSignal): Promise<FloatTensor> {
    const graph = await this.get();
    return floatOf((await graph.run({ [input]: value }, { signal }))[output], output);
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    const graph = await this.loading?.catch(() => undefined);
    this.loading = undefined;
    await graph?.dispose();
  }

  private get(): Promise<Graph> {
    if (this.isDisposed) throw new StablePoseError('internal', 'A detector was disposed and then used.');
    // Loaded without a caller's signal: others may wait for the same graph.
    this.loading ??= this.source()
      .then((source) => this.runtime.load(source))
      .catch((error) => {
        this.loading = undefined;
        throw error;
      });
    return this.loading;
  }
}

function floatOf(value: Tensor | DeviceTensor | undefined, name: string): FloatTensor {
  if (value?.kind === 'cpu' && value.type === 'float32') return value as FloatTensor;
  throw new StablePoseError('internal', `The network gave no float32 tensor ${name}.`);
}
