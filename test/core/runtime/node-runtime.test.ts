import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GraphRuntime } from '@stable-pose/core';
import { createNodeRuntime, type NodeDevice } from '@stable-pose/core/onnx-node';
import { type DeviceTensor, float32, type Tensor } from '@stable-pose/core/tensor';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endlessGraph, hugeGraph, squareGraph, sumGraph } from './small-graphs.ts';

const vector = (...values: number[]) => float32([values.length], Float32Array.from(values));
const values = (tensor: Tensor | DeviceTensor | undefined) => {
  if (tensor?.kind !== 'cpu') throw new Error('A CPU tensor was expected.');
  return [...tensor.data];
};

/** Inference processes of this program (Linux tells them by /proc). */
function children(): number[] {
  const tasks = readdirSync(`/proc/${process.pid}/task`);
  return tasks
    .flatMap((task) => readProc(`${process.pid}/task/${task}/children`).trim().split(/\s+/))
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readProc(`${pid}/cmdline`).includes('inference-process'));
}

/** '' where the process or thread has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
const onLinux = existsSync('/proc/self/task');

let folder: string;
let runtime: GraphRuntime;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-test-'));
  runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
});
afterAll(async () => {
  await runtime.dispose();
  rmSync(folder, { recursive: true });
});

/** A file of 4-float vectors at odd offsets. */
function weightsFile(path: string, vectors: readonly (readonly number[])[]): number[] {
  const offsets = vectors.map((_, i) => 7 + i * 33);
  const bytes = Buffer.alloc(7 + vectors.length * 33);
  for (const [i, four] of vectors.entries()) {
    for (const [j, value] of four.entries()) bytes.writeFloatLE(value, offsets[i]! + 4 * j);
  }
  writeFileSync(path, bytes);
  return offsets;
}

describe('where weights lie', () => {
  it('uses a file in place, at offsets that are not aligned', async () => {
    const path = join(folder, 'in-place.bin');
    const [first, second] = weightsFile(path, [
      [1, 2, 3, 4],
      [10, 20, 30, 40],
    ]) as [number, number];
    const graph = await runtime.load(
      sumGraph(
        [
          { name: 'a', location: 'in-place.bin', offset: first },
          { name: 'b', location: 'in-place.bin', offset: second },
        ],
        [{ kind: 'file', location: 'in-place.bin', path }],
      ),
    );
    expect(graph.inputNames).toEqual(['x']);
    expect(graph.outputNames).toEqual(['y']);
    expect(values((await graph.run({ x: vector(1, 1, 1, 1) })).y)).toEqual([12, 23, 34, 45]);
    await graph.dispose();
  });

  it.each([
    ['a few', 16],
    ['many', 17 * 1024 * 1024],
  ])('takes %s of bytes together with a file', async (_, length) => {
    const path = join(folder, 'with-bytes.bin');
    const [offset] = weightsFile(path, [[1, 2, 3, 4]]) as [number];
    const bytes = new Uint8Array(length);
    new Float32Array(bytes.buffer, length - 16, 4).set([100, 200, 300, 400]);
    const graph = await runtime.load(
      sumGraph(
        [
          { name: 'a', location: 'with-bytes.bin', offset },
          { name: 'b', location: 'copied', offset: length - 16 },
        ],
        [
          { kind: 'file', location: 'with-bytes.bin', path },
          { kind: 'bytes', location: 'copied', bytes },
        ],
      ),
    );
    expect(values((await graph.run({ x: vector(0, 0, 0, 0) })).y)).toEqual([101, 202, 303, 404]);
    await graph.dispose();
  });

  it.each([
    ['in a message', 16],
    ['by a temporary folder', 17 * 1024 * 1024],
  ])('takes bytes alone %s', async (_, length) => {
    const bytes = new Uint8Array(length);
    new Float32Array(bytes.buffer, length - 16, 4).set([100, 200, 300, 400]);
    const graph = await runtime.load(
      sumGraph(
        [{ name: 'a', location: 'copied', offset: length - 16 }],
        [{ kind: 'blob', location: 'copied', blob: new Blob([bytes]) }],
      ),
    );
    expect(values((await graph.run({ x: vector(1, 0, 0, 0) })).y)).toEqual([101, 200, 300, 400]);
    await graph.dispose();
  });

  it('brings files together that lie apart, or behind links', async () => {
    const [one, two] = ['one', 'two'].map((name) => join(folder, name)) as [string, string];
    mkdirSync(one);
    mkdirSync(two);
    const [offset] = weightsFile(join(one, 'a.bin'), [[1, 2, 3, 4]]) as [number];
    weightsFile(join(two, 'blob'), [[5, 6, 7, 8]]);
    symlinkSync(join(two, 'blob'), join(one, 'b.bin'));
    const graph = await runtime.load(
      sumGraph(
        [
          { name: 'a', location: 'a.bin', offset },
          { name: 'b', location: 'b.bin', offset },
        ],
        [
          { kind: 'file', location: 'a.bin', path: join(one, 'a.bin') },
          { kind: 'file', location: 'b.bin', path: join(one, 'b.bin') },
        ],
      ),
    );
    expect(values((await graph.run({ x: vector(0, 0, 0, 0) })).y)).toEqual([6, 8, 10, 12]);
    await graph.dispose();
    expect(readdirSync(one).sort()).toEqual(['a.bin', 'b.bin']);
  });

  it('names a file that is not there', async () => {
    const path = join(folder, 'nowhere.bin');
    const loading = runtime.load(
      sumGraph(
        [{ name: 'a', location: 'nowhere.bin', offset: 0 }],
        [{ kind: 'file', location: 'nowhere.bin', path }],
      ),
    );
    await expect(loading).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining(path),
    });
  });
});

describe('running', () => {
  it('keeps tensors where they are made, and chains them', async () => {
    const graph = await runtime.load(squareGraph());
    const { y } = await graph.run({ x: vector(1, 2, 3) }, { keep: ['y'] });
    expect(y).toMatchObject({ kind: 'device', type: 'float32', dims: [3] });
    const kept = y as DeviceTensor;
    expect(values((await graph.run({ x: kept })).y)).toEqual([1, 16, 81]);
    expect(values(await kept.read())).toEqual([1, 4, 9]);
    kept.dispose();
    await expect(kept.read()).rejects.toMatchObject({ code: 'internal' });
    await graph.dispose();
  });

  it('puts overlapping calls in order', async () => {
    const graph = await runtime.load(squareGraph());
    const results = await Promise.all([1, 2, 3, 4].map((value) => graph.run({ x: vector(value) })));
    expect(results.map(({ y }) => values(y)[0])).toEqual([1, 4, 9, 16]);
    await graph.dispose();
  });

  it('says which inputs are lacking', async () => {
    const graph = await runtime.load(squareGraph());
    await expect(graph.run({})).rejects.toMatchObject({
      code: 'runtime-failed',
      message: expect.stringContaining('x'),
    });
    await graph.dispose();
  });

  it('refuses bytes that are no graph, and goes on', async () => {
    const broken = { name: 'broken', model: Uint8Array.of(1, 2, 3), externalData: [], weightBytes: 0 };
    await expect(runtime.load(broken)).rejects.toMatchObject({ code: 'runtime-failed' });
    const graph = await runtime.load(squareGraph());
    expect(values((await graph.run({ x: vector(3) })).y)).toEqual([9]);
    await graph.dispose();
  });

  it('answers memory that cannot be had with out-of-memory', async () => {
    const graph = await runtime.load(hugeGraph());
    await expect(graph.run({ x: vector(1) })).rejects.toMatchObject({ code: 'out-of-memory' });
    await graph.dispose();
  });

  it('loads a graph with its weights in place, when that is asked', async () => {
    const path = join(folder, 'left.bin');
    const [offset] = weightsFile(path, [[1, 2, 3, 4]]) as [number];
    const source = sumGraph(
      [{ name: 'a', location: 'left.bin', offset }],
      [{ kind: 'file', location: 'left.bin', path }],
    );
    const graph = await runtime.load(source, { weightsInPlace: true });
    expect(values((await graph.run({ x: vector(1, 1, 1, 1) })).y)).toEqual([2, 3, 4, 5]);
    await graph.dispose();
  });

  it('tells what loading takes: laid out anew, cast before that, or in place', () => {
    const copied = [{ key: 'w', reason: 'f16, cast to float32 by the runtime', bytes: 3.44e9 }];
    const cast = { ...squareGraph(), weightBytes: 3.44e9, copied };
    const uncast = { ...cast, copied: [] };
    // As measured of Stable Diffusion's UNet: models/README.md.
    expect(runtime.loadCost!(cast).peakBytes / 1e9).toBeCloseTo(6.0, 1);
    expect(runtime.loadCost!(cast).heldBytes / 1e9).toBeCloseTo(4.1, 1);
    expect(runtime.loadCost!(cast, { weightsInPlace: true }).peakBytes / 1e9).toBeCloseTo(3.44, 2);
    expect(runtime.loadCost!(uncast).peakBytes / 1e9).toBeCloseTo(3.44, 2);
    expect(runtime.loadCost!(uncast, { weightsInPlace: true }).peakBytes).toBe(0);
  });

  it('tells how much memory is free', async () => {
    expect(await runtime.availableMemory?.()).toBeGreaterThan(0);
  });
});

describe('memory', () => {
  const residentBytes = (pid: number) => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readProc(`${pid}/status`))?.[1]);

  it.runIf(onLinux)(
    'stays flat, in the inference process and here, however many pictures are made',
    async () => {
      const own = await createNodeRuntime({ device: 'cpu', threads: 1 });
      const [child] = children().slice(-1) as [number];
      const graph = await own.load(squareGraph());
      // 4 MB each, sent there, kept there, used there, sent back.
      const x = float32([1_000_000]);
      const picture = async () => {
        const { y } = (await graph.run({ x }, { keep: ['y'] })) as { y: DeviceTensor };
        await graph.run({ x: y });
        y.dispose();
      };
      for (let i = 0; i < 20; i++) await picture();
      const before = { child: residentBytes(child), parent: residentBytes(process.pid) };
      for (let i = 0; i < 100; i++) await picture();
      // 100 tensors of 4 MB would be 400 MB, in either process; the engines' garbage comes and goes by some tens.
      expect(residentBytes(child) - before.child).toBeLessThan(100e6);
      expect(residentBytes(process.pid) - before.parent).toBeLessThan(100e6);
      await own.dispose();
    },
  );
});

describe('stopping', () => {
  const matrix = float32([2048, 2048]);

  it('stops within a graph, leaves the event loop free meanwhile, and loads graphs again', async () => {
    const square = await runtime.load(squareGraph());
    const endless = await runtime.load(endlessGraph());
    const cancel = new AbortController();
    const running = endless.run({ x: matrix }, { signal: cancel.signal });
    // The loop runs while the graph does, or this would not come to its end.
    await delay(200);
    cancel.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    // Had the graph not been stopped, this would wait for it.
    expect(values((await square.run({ x: vector(5) })).y)).toEqual([25]);
    await endless.dispose();
    await square.dispose();
  });

  it('cancels what waits without touching what runs', async () => {
    const graph = await runtime.load(squareGraph());
    const cancel = new AbortController();
    const first = graph.run({ x: vector(6) });
    const second = graph.run({ x: vector(7) }, { signal: cancel.signal });
    cancel.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    expect(values((await first).y)).toEqual([36]);
    await graph.dispose();
  });

  it('lets a cancelled graph run out where another piece of work has tensors in the process', async () => {
    const square = await runtime.load(squareGraph());
    const { y: kept } = (await square.run({ x: vector(2) }, { keep: ['y'] })) as { y: DeviceTensor };
    const cancel = new AbortController();
    const running = square.run({ x: float32([4_000_000]) }, { signal: cancel.signal });
    cancel.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(values(await kept.read())).toEqual([4]);
    kept.dispose();
    await square.dispose();
  });

  it.runIf(onLinux)('turns a killed process into an error, and goes on with a new one', async () => {
    const square = await runtime.load(squareGraph());
    const { y: kept } = (await square.run({ x: vector(2) }, { keep: ['y'] })) as { y: DeviceTensor };
    const endless = await runtime.load(endlessGraph());
    const running = endless.run({ x: matrix });
    await delay(100);
    for (const pid of children()) process.kill(pid, 'SIGKILL');
    await expect(running).rejects.toMatchObject({ code: 'out-of-memory' });
    await expect(kept.read()).rejects.toMatchObject({ code: 'device-lost' });
    expect(values((await square.run({ x: vector(5) })).y)).toEqual([25]);
    await endless.dispose();
    await square.dispose();
  });

  it.runIf(onLinux)('gives everything back when idle, and begins again', async () => {
    const before = children();
    const idler = await createNodeRuntime({ device: 'cpu', threads: 1, idleMs: 1 });
    const graph = await idler.load(squareGraph());
    while (children().length > before.length) await delay(20);
    expect(values((await graph.run({ x: vector(4) })).y)).toEqual([16]);
    await idler.dispose();
  });
});

describe('devices', () => {
  const started: GraphRuntime[] = [];
  afterEach(async () => {
    for (const one of started.splice(0)) await one.dispose();
  });

  it('finds one by itself, and says what it passed over', async () => {
    const passedOver: NodeDevice[] = [];
    const found = await createNodeRuntime({ onPassedOver: (device) => passedOver.push(device) });
    started.push(found);
    expect([...passedOver, found.provider]).toEqual(
      ['cuda', 'webgpu', 'cpu'].slice(0, passedOver.length + 1),
    );
  });

  it('says what to install when onnxruntime is missing', async () => {
    await expect(createNodeRuntime({ module: 'onnxruntime-nowhere' })).rejects.toMatchObject({
      code: 'runtime-missing',
      message: expect.stringContaining('npm install onnxruntime-nowhere'),
    });
  });

  it('refuses a device that this build does not have', async () => {
    const device = process.platform === 'darwin' ? 'dml' : 'coreml';
    await expect(createNodeRuntime({ device })).rejects.toMatchObject({ code: 'device-unavailable' });
  });

  it('refuses a device that there is not', async () => {
    await expect(createNodeRuntime({ device: 'abacus' as NodeDevice })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('auto, cpu, webgpu'),
    });
  });
});
