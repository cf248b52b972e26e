import { availableParallelism } from 'node:os';
import type { ExecutionProvider, GraphSource } from '../../../contract/graphs.ts';
import { StablePoseError, throwIfCancelled } from '../../../errors.ts';
import type { DeviceTensor, Tensor } from '../../../tensor/tensor.ts';
import type { Graph, GraphRuntime, LoadCost, LoadOptions, RunOptions } from '../../graph-runtime.ts';
import { SerialQueue } from '../serial-queue.ts';
import { availableMemory } from './available-memory.ts';
import { cpuLoadCost } from './cpu-load-cost.ts';
import { endChildrenAtExit, InferenceChild } from './inference-child.ts';
import type { KeptTensor, Loaded, RunOutputs, Started } from './messages.ts';
import { type Placement, placeGraph } from './place-graph.ts';

export interface ChildProcessRuntimeOptions {
  readonly provider: ExecutionProvider;
  readonly module: string;
  /** Threads within an operator. Default: every core of a small machine, half of a large one's, at least 4. */
  readonly threads?: number;
  /** For every graph, whatever its loading says. */
  readonly weightsInPlace: boolean;
  /** The inference process is ended, and all memory given back, after so long without work. */
  readonly idleMs: number;
  /** A process to begin with, instead of a new one: from {@link ChildProcessRuntime.surrenderChild}. */
  readonly child?: InferenceChild;
}

/** How long a cancelled graph may take to end by itself: ending the process costs loading its graphs anew. */
const graceMs = 300;

interface LoadedGraph {
  readonly number: number;
  readonly source: GraphSource;
  readonly weightsInPlace: boolean;
  placement: Placement | undefined;
  /** The process that holds it. */
  child: InferenceChild | undefined;
  names: Loaded | undefined;
  disposed: boolean;
}

interface KeptEntry {
  readonly number: number;
  readonly child: InferenceChild;
  /** Of the run that made it. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs graphs with onnxruntime in a process of its own, so that the event loop stays free, a graph can be stopped at any
 * moment, and a crash or a lack of memory there is an error here. Graphs are remembered: after an end, wanted or not, they
 * are loaded again when they are next used. Kept tensors are lost with the process (`device-lost`).
 */
export class ChildProcessRuntime implements GraphRuntime {
  readonly provider: ExecutionProvider;
  readonly description: string;
  private readonly options: ChildProcessRuntimeOptions;
  private readonly threads: number;
  private readonly queue = new SerialQueue();
  private readonly graphs = new Set<LoadedGraph>();
  private readonly kept = new Map<DeviceTensor, KeptEntry>();
  private child: InferenceChild | undefined;
  private numbers = 0;
  private idle: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(options: ChildProcessRuntimeOptions) {
    this.options = options;
    this.provider = options.provider;
    this.threads = options.threads ?? defaultThreads();
    this.description = describe(options.provider, this.threads);
    this.child = options.child;
    endChildrenAtExit();
  }

  /**
   * Starts the process and lets the device prove itself.
   * @throws runtime-missing, device-unavailable, device-wrong
   */
  start({ measure = false, signal }: { measure?: boolean; signal?: AbortSignal } = {}): Promise<Started> {
    return this.work(() => this.startChild({ prove: true, measure }), signal);
  }

  async load(source: GraphSource, { signal, weightsInPlace }: LoadOptions = {}): Promise<Graph> {
    const graph: LoadedGraph = {
      number: this.nextNumber(),
      source,
      weightsInPlace: this.inPlace(weightsInPlace),
      placement: undefined,
      child: undefined,
      names: undefined,
      disposed: false,
    };
    this.graphs.add(graph);
    try {
      const { inputNames, outputNames } = await this.work(() => this.loadInto(graph), signal);
      return {
        inputNames,
        outputNames,
        run: (inputs, options) => this.run(graph, inputs, options),
        dispose: () => this.release(graph),
      };
    } catch (error) {
      // The queue may still be loading it: it is released behind that.
      this.release(graph).catch(() => {});
      throw error;
    }
  }

  /** Disposes this runtime, but for its process, if that still lives: a start that failed leaves it as good as new. */
  async surrenderChild(): Promise<InferenceChild | undefined> {
    const child = this.child;
    this.child = undefined;
    await this.dispose();
    return child?.ended ? undefined : child;
  }

  availableMemory(): Promise<number | undefined> {
    return availableMemory();
  }

  /** How other providers lay weights out, in memory of their own, is not known. */
  loadCost(source: GraphSource, { weightsInPlace }: Pick<LoadOptions, 'weightsInPlace'> = {}): LoadCost {
    if (this.provider === 'cpu') return cpuLoadCost(source, this.inPlace(weightsInPlace));
    return { heldBytes: source.weightBytes, peakBytes: source.weightBytes };
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    clearTimeout(this.idle);
    this.child?.kill(new StablePoseError('cancelled', 'The runtime was disposed.'));
    this.kept.clear();
    await this.queue.add(async () => {
      for (const graph of this.graphs) await graph.placement?.dispose();
      this.graphs.clear();
    });
  }

  private async run(
    graph: LoadedGraph,
    inputs: Readonly<Record<string, Tensor | DeviceTensor>>,
    { keep = [], signal }: RunOptions = {},
  ): Promise<Record<string, Tensor | DeviceTensor>> {
    return this.work(async () => {
      if (graph.disposed) {
        throw new StablePoseError('internal', `The graph ${graph.source.name} was disposed and then run.`);
      }
      await this.loadInto(graph);
      const child = graph.child!;
      const given: Record<string, Tensor | KeptTensor> = {};
      for (const [name, value] of Object.entries(inputs)) {
        given[name] = value.kind === 'cpu' ? value : { kind: 'kept', tensor: this.entryOf(value).number };
      }
      const outputs = await child.ask<RunOutputs>({
        kind: 'run',
        graph: graph.number,
        inputs: given,
        keep: Object.fromEntries(keep.map((name) => [name, this.nextNumber()])),
      });
      const results: Record<string, Tensor | DeviceTensor> = {};
      for (const [name, value] of Object.entries(outputs)) {
        results[name] =
          value.kind === 'cpu'
            ? value
            : this.keep({ number: value.tensor, child, signal }, value.type, value.dims);
      }
      // Nobody is there any more to dispose what was kept.
      if (signal?.aborted)
        for (const value of Object.values(results)) if (value.kind === 'device') value.dispose();
      throwIfCancelled(signal);
      return results;
    }, signal);
  }

  private keep(entry: KeptEntry, type: Tensor['type'], dims: readonly number[]): DeviceTensor {
    const result: DeviceTensor = {
      kind: 'device',
      type,
      dims,
      read: () =>
        this.work(() => {
          const { number, child } = this.entryOf(result);
          return child.ask<Tensor>({ kind: 'read', tensor: number });
        }),
      dispose: () => {
        if (!this.kept.delete(result)) return;
        entry.child.releaseTensor(entry.number);
      },
    };
    this.kept.set(result, entry);
    return result;
  }

  private entryOf(tensor: DeviceTensor): KeptEntry {
    const entry = this.kept.get(tensor);
    if (!entry) {
      throw new StablePoseError(
        'internal',
        'A device tensor was used that is disposed, or of another runtime.',
      );
    }
    if (entry.child.ended) {
      throw new StablePoseError('device-lost', 'A tensor was lost when the inference process ended.', {
        remedy: 'Start the picture again.',
      });
    }
    return entry;
  }

  private async release(graph: LoadedGraph): Promise<void> {
    if (graph.disposed) return;
    graph.disposed = true;
    this.graphs.delete(graph);
    await this.queue.add(async () => {
      if (graph.child && !graph.child.ended) {
        await graph.child.ask({ kind: 'release-graph', graph: graph.number }).catch(() => {});
      }
      await graph.placement?.dispose();
    });
  }

  private async loadInto(graph: LoadedGraph): Promise<Loaded> {
    const child = await this.runningChild();
    if (graph.child !== child || !graph.names) {
      graph.placement ??= await placeGraph(graph.source);
      graph.names = await child.ask<Loaded>({
        kind: 'load',
        graph: graph.number,
        source: graph.placement.graph,
        weightsInPlace: graph.weightsInPlace,
      });
      graph.child = child;
    }
    return graph.names;
  }

  private async runningChild(): Promise<InferenceChild> {
    if (this.disposed) throw new StablePoseError('internal', 'The runtime was disposed and then used.');
    if (!this.child || this.child.ended) await this.startChild({ prove: false, measure: false });
    return this.child!;
  }

  private startChild(tasks: { readonly prove: boolean; readonly measure: boolean }): Promise<Started> {
    const { provider, module } = this.options;
    if (!this.child || this.child.ended) this.child = new InferenceChild();
    return this.child.ask<Started>({
      kind: 'start',
      provider,
      module,
      threads: this.threads,
      ...tasks,
    });
  }

  /** One piece of work in its turn; cancelled at once for its caller, and in the process after a moment of grace. */
  private async work<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    clearTimeout(this.idle);
    let grace: NodeJS.Timeout | undefined;
    let running = false;
    const cancel = () => {
      if (running) grace = setTimeout(() => this.stopChild(), graceMs);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    const guarded = async () => {
      running = true;
      try {
        return await work();
      } finally {
        running = false;
        clearTimeout(grace);
        signal?.removeEventListener('abort', cancel);
      }
    };
    try {
      return await this.queue.add(guarded, signal);
    } finally {
      if (!running) signal?.removeEventListener('abort', cancel);
      this.restWhenIdle();
    }
  }

  /** Unless the process holds tensors of work that goes on: then the cancelled graph runs to its end for nobody. */
  private stopChild(): void {
    for (const { child, signal } of this.kept.values()) {
      if (child === this.child && !signal?.aborted) return;
    }
    this.child?.kill(new StablePoseError('cancelled', 'The work was cancelled.'));
  }

  private restWhenIdle(): void {
    clearTimeout(this.idle);
    if (this.disposed) return;
    this.idle = setTimeout(() => {
      const holdsTensors = [...this.kept.values()].some(({ child }) => child === this.child);
      if (this.queue.size === 0 && !holdsTensors) {
        this.child?.kill(new StablePoseError('cancelled', 'The inference process was idle.'));
      }
    }, this.options.idleMs).unref();
  }

  private inPlace(asked = false): boolean {
    return asked || this.options.weightsInPlace;
  }

  private nextNumber(): number {
    this.numbers += 1;
    return this.numbers;
  }
}

function describe(provider: ExecutionProvider, threads: number): string {
  if (provider === 'cpu') return `cpu, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return untestedProviders.includes(provider) ? `${provider} (untested)` : provider;
}

/** No machine with these was at hand. */
const untestedProviders: readonly ExecutionProvider[] = ['tensorrt', 'dml', 'coreml'];

/** Threads beyond the physical cores slow matrix products down, and two hardware threads a core are common. */
function defaultThreads(): number {
  const logical = availableParallelism();
  return logical <= 4 ? logical : Math.max(4, Math.ceil(logical / 2));
}
