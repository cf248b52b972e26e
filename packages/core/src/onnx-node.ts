import { type ExecutionProvider, executionProviders } from './contract/graphs.ts';
import { StablePoseError } from './errors.ts';
import type { GraphRuntime } from './runtime/graph-runtime.ts';
import { ChildProcessRuntime } from './runtime/onnx/node/child-process-runtime.ts';
import type { InferenceChild } from './runtime/onnx/node/inference-child.ts';

/** Devices of onnxruntime-node. `tensorrt`, `dml` and `coreml` are untested: no machine with them was at hand. */
export const nodeDevices = executionProviders.filter(
  (name): name is Exclude<ExecutionProvider, 'wasm'> => name !== 'wasm',
);
export type NodeDevice = (typeof nodeDevices)[number];

/** What `auto` tries, one by one, before the CPU. */
const fasterDevices = ['cuda', 'webgpu'] as const satisfies readonly NodeDevice[];

export interface NodeRuntimeOptions {
  /** Default `auto`: cuda, webgpu, cpu, the first that is there, computes rightly, and is not slower than the CPU. */
  readonly device?: 'auto' | NodeDevice;
  /** Threads within an operator. Default: every core of a small machine, half of a large one's, at least 4. */
  readonly threads?: number;
  /**
   * Leave weights in their files, mapped into memory, instead of a copy that is laid out for speed: opening is quick and
   * takes little memory, every step is slower.
   */
  readonly weightsInPlace?: boolean;
  /** After so long without work the inference process ends and its memory is free; the next work starts it. Default 5 minutes. */
  readonly idleMs?: number;
  /** Another build of onnxruntime-node: a package name, or a file URL. */
  readonly module?: string;
  readonly signal?: AbortSignal;
  /** Told of each device that `auto` passes over, and why. */
  readonly onPassedOver?: (device: NodeDevice, reason: StablePoseError) => void;
}

/**
 * A runtime on onnxruntime-node, in a process of its own. The device has proved itself (an attention and a convolution
 * against plain arithmetic) when this resolves.
 * @throws runtime-missing with the line that installs it, device-unavailable, device-wrong, cancelled
 */
export async function createNodeRuntime(options: NodeRuntimeOptions = {}): Promise<GraphRuntime> {
  const { device = 'auto', signal } = options;
  if (device !== 'auto') {
    if (!nodeDevices.includes(device)) {
      throw new StablePoseError('invalid-input', `There is no device "${device}".`, {
        remedy: `Choose one of auto, ${nodeDevices.join(', ')}.`,
      });
    }
    return (await startOn(device, options)).runtime;
  }
  let child: InferenceChild | undefined;
  for (const faster of fasterDevices) {
    const attempt = await tryOn(faster, { ...options, measure: true, child });
    child = attempt.child;
    if (!attempt.started) {
      if (signal?.aborted || attempt.reason.code === 'runtime-missing') throw attempt.reason;
      options.onPassedOver?.(faster, attempt.reason);
      continue;
    }
    const cpu = await startOn('cpu', { ...options, measure: true });
    if (attempt.started.speed >= cpu.speed) {
      await cpu.runtime.dispose();
      return attempt.started.runtime;
    }
    await attempt.started.runtime.dispose();
    options.onPassedOver?.(faster, slower(faster, attempt.started.speed, cpu.speed));
    return cpu.runtime;
  }
  return (await startOn('cpu', { ...options, child })).runtime;
}

/** What became of starting a device. */
export interface DeviceReport {
  readonly device: NodeDevice;
  /** Convolutions in GFLOP/s; only for comparing the devices of one machine. */
  readonly speed?: number;
  /** Why it cannot be used. */
  readonly reason?: StablePoseError;
}

/**
 * Starts every device, one after the other, lets each prove itself, and ends it again.
 * @throws runtime-missing, cancelled
 */
export async function* probeNodeDevices(
  options: Pick<NodeRuntimeOptions, 'threads' | 'module' | 'signal'> = {},
): AsyncGenerator<DeviceReport> {
  let child: InferenceChild | undefined;
  for (const device of nodeDevices) {
    const attempt = await tryOn(device, { ...options, measure: true, child });
    child = attempt.child;
    if (attempt.started) {
      await attempt.started.runtime.dispose();
      yield { device, speed: attempt.started.speed };
    } else {
      const { reason } = attempt;
      if (options.signal?.aborted || reason.code === 'runtime-missing') throw reason;
      yield { device, reason };
    }
  }
  child?.kill(new StablePoseError('cancelled', 'The devices were all tried.'));
}

interface StartedDevice {
  readonly runtime: ChildProcessRuntime;
  readonly speed: number;
}

interface StartOptions extends NodeRuntimeOptions {
  readonly measure?: boolean;
  readonly child?: InferenceChild;
}

async function startOn(provider: NodeDevice, options: StartOptions): Promise<StartedDevice> {
  const attempt = await tryOn(provider, options);
  if (attempt.started) return attempt.started;
  attempt.child?.kill(attempt.reason);
  throw attempt.reason;
}

/** A device that could not be started leaves its process for the next one, unless it may be in a bad state. */
async function tryOn(
  provider: NodeDevice,
  options: StartOptions,
): Promise<
  | { readonly started: StartedDevice; readonly child?: undefined }
  | { readonly started?: undefined; readonly reason: StablePoseError; readonly child?: InferenceChild }
> {
  const runtime = new ChildProcessRuntime({
    provider,
    module: options.module ?? 'onnxruntime-node',
    threads: options.threads,
    weightsInPlace: options.weightsInPlace ?? false,
    idleMs: options.idleMs ?? 5 * 60_000,
    child: options.child,
  });
  try {
    const { speed = 0 } = await runtime.start({ measure: options.measure, signal: options.signal });
    return { started: { runtime, speed } };
  } catch (error) {
    const failure = StablePoseError.from(error);
    if (failure.code === 'device-unavailable')
      return { reason: failure, child: await runtime.surrenderChild() };
    await runtime.dispose();
    // A driver that brings the process down is no device either.
    const { code, message } = failure;
    if (code !== 'device-lost' && !(code === 'out-of-memory' && provider !== 'cpu'))
      return { reason: failure };
    const words = `The device ${provider} cannot be used: ${message}`;
    return { reason: new StablePoseError('device-unavailable', words, { cause: failure }) };
  }
}

function slower(device: NodeDevice, deviceSpeed: number, cpuSpeed: number): StablePoseError {
  const times = (cpuSpeed / deviceSpeed).toFixed(1);
  return new StablePoseError(
    'device-unavailable',
    `The device ${device} takes ${times} times as long as the CPU: it is most likely a program that imitates a graphics card.`,
    { remedy: `Name it to use it all the same.`, details: { deviceSpeed, cpuSpeed } },
  );
}
