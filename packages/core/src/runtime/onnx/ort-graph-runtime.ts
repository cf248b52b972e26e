import type { ExecutionProvider, GraphSource } from '../../contract/graphs.ts';
import { StablePoseError } from '../../errors.ts';
import type { DeviceTensor, Tensor, TensorDataTypes, TensorType } from '../../tensor/tensor.ts';
import type { Graph, GraphRuntime, LoadOptions, RunOptions } from '../graph-runtime.ts';
import { LossWatch } from './loss-watch.ts';
import { ortFailure } from './ort-failure.ts';
import type { OrtModule, OrtSession, OrtTensor } from './ort-module.ts';
import { SerialQueue } from './serial-queue.ts';

export interface OrtGraphRuntimeOptions {
  readonly ort: OrtModule;
  readonly provider: ExecutionProvider;
  /** How onnxruntime is told of the provider: its name, or an object with options (a WebGPU device of our own ...). */
  readonly executionProvider: string | Readonly<Record<string, unknown>>;
  readonly description: string;
  /** Further session options, the same for every graph. */
  readonly sessionOptions?: Readonly<Record<string, unknown>>;
  /** What comes on top for graphs whose weights are used where they lie; left out: there is no such way. */
  readonly inPlaceOptions?: Readonly<Record<string, unknown>>;
  /** Session options by which onnxruntime finds a graph's external tensors. */
  readonly placeExternalData: (source: GraphSource) => Promise<Readonly<Record<string, unknown>>>;
  /**
   * Where outputs that are asked to be kept stay. `gpu-buffer` leaves every output on the GPU and reads the others back
   * (onnxruntime-web on WebGPU); reading a kept buffer crashes onnxruntime-node, whose tensors stay in CPU memory.
   */
  readonly keptOutputs: 'cpu' | 'gpu-buffer';
  /** Settles when the device is gone: from then on everything rejects with `device-lost`. */
  readonly lost?: Promise<{ readonly message?: string } | undefined>;
  /** Bytes that weights and what is computed may take together, where that is known. */
  readonly memoryBytes?: number;
  /** Largest tensor that the device can bind. */
  readonly maxTensorBytes?: number;
}

/** Runs graphs with an onnxruntime module that is passed in: in a page, a worker or an inference process. */
export class OrtGraphRuntime implements GraphRuntime {
  readonly provider: ExecutionProvider;
  readonly description: string;
  readonly maxTensorBytes: number | undefined;
  /** Set by whoever let the device prove it. */
  fusedAttention: boolean | undefined;
  private readonly options: OrtGraphRuntimeOptions;
  private readonly queue = new SerialQueue();
  /** Each with the bytes of its weights. */
  private readonly sessions = new Map<OrtSession, number>();
  private readonly watch: LossWatch;
  private readonly kept = new WeakMap<DeviceTensor, OrtTensor>();

  constructor(options: OrtGraphRuntimeOptions) {
    this.options = options;
    this.provider = options.provider;
    this.description = options.description;
    this.maxTensorBytes = options.maxTensorBytes;
    this.watch = new LossWatch(options.lost, options.provider);
  }

  async load(source: GraphSource, { signal, weightsInPlace = false }: LoadOptions = {}): Promise<Graph> {
    const { ort, executionProvider, placeExternalData, keptOutputs } = this.options;
    const { sessionOptions, inPlaceOptions = {} } = this.options;
    const options = weightsInPlace ? mergeSessionOptions(sessionOptions, inPlaceOptions) : sessionOptions;
    const session = await this.inTurn(async () => {
      try {
        return await ort.InferenceSession.create(source.model, {
          executionProviders: [executionProvider],
          logSeverityLevel: 3,
          ...(keptOutputs === 'gpu-buffer' ? { preferredOutputLocation: 'gpu-buffer' } : {}),
          ...mergeSessionOptions(options, await placeExternalData(source)),
        });
      } catch (error) {
        throw ortFailure(error, `Loading the graph ${source.name} on ${this.provider}`);
      }
    }, signal);
    this.sessions.set(session, source.weightBytes);
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      run: (inputs, options) => this.run(source.name, session, inputs, options),
      dispose: () => this.release(session),
    };
  }

  async dispose(): Promise<void> {
    for (const session of [...this.sessions.keys()]) await this.release(session);
  }

  async availableMemory(): Promise<number | undefined> {
    const { memoryBytes } = this.options;
    if (memoryBytes === undefined) return undefined;
    return [...this.sessions.values()].reduce((free, bytes) => free - bytes, memoryBytes);
  }

  /** Everything that calls onnxruntime goes through here. @throws device-lost */
  private inTurn<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.watch.guard(() => this.queue.add(work, signal));
  }

  private async run(
    name: string,
    session: OrtSession,
    inputs: Readonly<Record<string, Tensor | DeviceTensor>>,
    { keep = [], signal }: RunOptions = {},
  ): Promise<Record<string, Tensor | DeviceTensor>> {
    return this.inTurn(async () => {
      if (!this.sessions.has(session)) {
        throw new StablePoseError('internal', `The graph ${name} was disposed and then run.`);
      }
      const lacking = session.inputNames.filter((input) => !(input in inputs));
      if (lacking.length > 0) {
        throw new StablePoseError(
          'runtime-failed',
          `The graph ${name} lacks its inputs ${lacking.join(', ')}.`,
        );
      }
      const feeds: Record<string, OrtTensor> = {};
      const made: OrtTensor[] = [];
      for (const [input, value] of Object.entries(inputs)) {
        if (value.kind === 'device') {
          feeds[input] = this.keptTensor(value);
        } else {
          feeds[input] = new this.options.ort.Tensor(value.type, value.data, value.dims);
          made.push(feeds[input]);
        }
      }
      try {
        const outputs = await session.run(feeds);
        const results: Record<string, Tensor | DeviceTensor> = {};
        for (const [output, value] of Object.entries(outputs)) {
          results[output] = keep.includes(output) ? this.keep(value) : await read(value, true);
        }
        return results;
      } catch (error) {
        throw ortFailure(error, `Running the graph ${name} on ${this.provider}`);
      } finally {
        for (const tensor of made) tensor.dispose();
      }
    }, signal);
  }

  private keep(tensor: OrtTensor): DeviceTensor {
    const result: DeviceTensor = {
      kind: 'device',
      type: tensor.type as TensorType,
      dims: [...tensor.dims],
      read: () => this.inTurn(() => read(this.keptTensor(result), false)),
      dispose: () => {
        if (this.kept.delete(result)) tensor.dispose();
      },
    };
    this.kept.set(result, tensor);
    return result;
  }

  private keptTensor(tensor: DeviceTensor): OrtTensor {
    const found = this.kept.get(tensor);
    if (!found) {
      throw new StablePoseError(
        'internal',
        'A device tensor was used that is disposed, or of another runtime.',
      );
    }
    return found;
  }

  private async release(session: OrtSession): Promise<void> {
    // What a lost device held is gone with it, and waiting for it would be for ever.
    if (this.watch.isLost) {
      this.sessions.delete(session);
      return;
    }
    await this.inTurn(async () => {
      if (this.sessions.delete(session)) await session.release();
    }).catch((error: unknown) => {
      if (StablePoseError.from(error).code !== 'device-lost') throw error;
    });
  }
}

async function read(tensor: OrtTensor, release: boolean): Promise<Tensor> {
  const onCpu = tensor.location === undefined || tensor.location === 'cpu';
  const data = (onCpu ? tensor.data : await tensor.getData(release)) as ArrayBufferView;
  const type = tensor.type as TensorType;
  return { kind: 'cpu', type, dims: [...tensor.dims], data: ourArray(type, data) };
}

/** The typed array that our types promise, over the same bytes: newer engines give Float16Array for `float16`. */
function ourArray(type: TensorType, data: ArrayBufferView): TensorDataTypes[TensorType] {
  if (type === 'float16') return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return data as TensorDataTypes[TensorType];
}

/** `extra.session` entries of both are kept; everything else of the second wins. */
function mergeSessionOptions(
  first: Readonly<Record<string, unknown>> = {},
  second: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const extraOf = (options: Readonly<Record<string, unknown>>) =>
    (options.extra as { session?: Record<string, unknown> } | undefined)?.session;
  const session = { ...extraOf(first), ...extraOf(second) };
  return { ...first, ...second, ...(Object.keys(session).length > 0 ? { extra: { session } } : {}) };
}
