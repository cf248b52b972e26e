// The program of the inference process: holds onnxruntime and its sessions, does what its parent asks.
import type { ExecutionProvider, GraphSource } from '../../../contract/graphs.ts';
import { StablePoseError } from '../../../errors.ts';
import type { DeviceTensor, Tensor } from '../../../tensor/tensor.ts';
import type { Graph } from '../../graph-runtime.ts';
import { OrtGraphRuntime } from '../ort-graph-runtime.ts';
import type { OrtModule } from '../ort-module.ts';
import { measureRuntime, proveRuntime } from '../prove-runtime.ts';
import type { Answer, KeptTensor, Loaded, PlacedGraph, Request, RunOutputs, Started } from './messages.ts';

let runtime: OrtGraphRuntime | undefined;
const graphs = new Map<number, Graph>();
const tensors = new Map<number, DeviceTensor>();
const placed = new WeakMap<GraphSource, PlacedGraph>();

// Ctrl-C reaches every process of a terminal; the parent decides what it means here.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (request: Request) => {
  if (request.kind === 'release-tensor') {
    tensors.get(request.tensor)?.dispose();
    tensors.delete(request.tensor);
    return;
  }
  answer(request).then(
    (value) => process.send!({ call: request.call, value } satisfies Answer),
    (error) =>
      process.send!({ call: request.call, error: StablePoseError.from(error).toJSON() } satisfies Answer),
  );
});

async function answer(request: Exclude<Request, { kind: 'release-tensor' }>): Promise<unknown> {
  switch (request.kind) {
    case 'start':
      return start(request);
    case 'load':
      return load(request);
    case 'run':
      return run(request);
    case 'read':
      return tensors.get(request.tensor)?.read();
    case 'release-graph':
      await graphs.get(request.graph)?.dispose();
      graphs.delete(request.graph);
      return undefined;
    default:
      return request satisfies never;
  }
}

async function start(request: Extract<Request, { kind: 'start' }>): Promise<Started> {
  const { provider, threads } = request;
  const ort = await importRuntime(request.module);
  const known = ort.listSupportedBackends?.().map(({ name }) => name);
  if (known && !known.includes(provider)) throw unavailable(provider, 'this build of onnxruntime has none');
  runtime = new OrtGraphRuntime({
    ort,
    provider,
    executionProvider: provider,
    description: provider,
    keptOutputs: 'cpu',
    sessionOptions: {
      ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
      // Threads that wait by spinning take a core from every other program: with both cores of a two-core machine busy
      // elsewhere, a small UNet took 0.18 to 0.47 s a run without and 0.9 to 1.1 s with spinning.
      extra: { session: { 'intra_op.allow_spinning': '0' } },
    },
    // The highest level lays convolution weights out anew: a private copy of 2.6 GB for Stable Diffusion's UNet, and 11 to
    // 24 s; below it the same UNet opens in 0.4 s of processor time with 0.03 GB.
    inPlaceOptions: {
      graphOptimizationLevel: 'extended',
      extra: { session: { disable_prepacking: '1' } },
    },
    placeExternalData,
  });
  try {
    if (request.prove) await proveRuntime(runtime);
    return request.measure ? { speed: await measureRuntime(runtime) } : {};
  } catch (error) {
    if (StablePoseError.is(error) && error.code !== 'runtime-failed') throw error;
    throw unavailable(provider, (error as Error).message.replace(/^.*? failed: /, ''), error);
  }
}

async function importRuntime(
  module: string,
): Promise<OrtModule & { listSupportedBackends?: () => readonly { readonly name: string }[] }> {
  try {
    return await import(module);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(module);
    throw new StablePoseError(
      'runtime-missing',
      missing
        ? `The package ${module} is not installed.`
        : `The package ${module} does not load: ${message}.`,
      { remedy: `Install it: npm install ${module} --onnxruntime-node-install=skip`, cause: error },
    );
  }
}

function unavailable(provider: ExecutionProvider, why: string, cause?: unknown): StablePoseError {
  return new StablePoseError(
    'device-unavailable',
    `The device ${provider} cannot be used: ${why.replace(/\.$/, '')}.`,
    {
      remedy: 'Choose the device auto or cpu.',
      cause,
    },
  );
}

async function load(request: Extract<Request, { kind: 'load' }>): Promise<Loaded> {
  const { source, weightsInPlace } = request;
  const { name, model } = source;
  const given: GraphSource = { name, model, externalData: [], weightBytes: 0 };
  placed.set(given, source);
  const graph = await started().load(given, { weightsInPlace });
  graphs.set(request.graph, graph);
  return { inputNames: graph.inputNames, outputNames: graph.outputNames };
}

async function placeExternalData(source: GraphSource): Promise<Record<string, unknown>> {
  const { folder, pieces } = placed.get(source) ?? { pieces: [] };
  const externalData = pieces.map(({ location, bytes }) => ({ path: location, data: bytes }));
  return {
    ...(folder ? { extra: { session: { model_external_initializers_file_folder_path: folder } } } : {}),
    ...(externalData.length > 0 ? { externalData } : {}),
  };
}

async function run({ graph, inputs, keep }: Extract<Request, { kind: 'run' }>): Promise<RunOutputs> {
  const given: Record<string, Tensor | DeviceTensor> = {};
  for (const [name, value] of Object.entries(inputs))
    given[name] = value.kind === 'kept' ? kept(value) : value;
  const outputs = await graphs.get(graph)!.run(given, { keep: Object.keys(keep) });
  const results: Record<string, RunOutputs[string]> = {};
  for (const [name, value] of Object.entries(outputs)) {
    if (value.kind === 'cpu') {
      results[name] = value;
    } else {
      const tensor = keep[name]!;
      tensors.set(tensor, value);
      results[name] = { kind: 'kept', tensor, type: value.type, dims: value.dims };
    }
  }
  return results;
}

function kept({ tensor }: KeptTensor): DeviceTensor {
  const found = tensors.get(tensor);
  if (!found) throw new StablePoseError('internal', 'A device tensor was used after it was disposed.');
  return found;
}

function started(): OrtGraphRuntime {
  if (!runtime)
    throw new StablePoseError('internal', 'The inference process was asked to work before it started.');
  return runtime;
}
