import { raster } from '@stable-pose/core';
import { describeConformance, hostChecks } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { bridgedHost } from '../../packages/photoshop-plugin/src/bridge/bridged-host.ts';
import { type MessagePipe, piecewise } from '../../packages/photoshop-plugin/src/bridge/piecewise.ts';
import { serveHost } from '../../packages/photoshop-plugin/src/bridge/serve-host.ts';
import { fromWire, toWire, type WireValue } from '../../packages/photoshop-plugin/src/bridge/wire-value.ts';
import { photoshopBench } from './simulator/photoshop-bench.ts';

/** As the webview's bridge: whatever is sent becomes JSON text, and arrives later. */
function jsonPipes(): { readonly ends: readonly [MessagePipe, MessagePipe]; readonly lengths: number[] } {
  const listeners = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()];
  const lengths: number[] = [];
  const end = (own: number): MessagePipe => ({
    send: (message) => {
      const text = JSON.stringify(message);
      lengths.push(text.length);
      setTimeout(() => {
        for (const listener of [...listeners[1 - own]]) listener(JSON.parse(text));
      }, 0);
    },
    receive: (listener) => {
      listeners[own].add(listener);
      return () => listeners[own].delete(listener);
    },
  });
  return { ends: [end(0), end(1)], lengths };
}

describeConformance({ describe, it }, 'Photoshop host over the bridge', hostChecks, async () => {
  const bench = photoshopBench();
  const { ends } = jsonPipes();
  const page = serveHost(bench.host, ends[0]);
  const { settings, blobs } = bench.host.storage;
  const host = await bridgedHost(ends[1], {
    settings: { place: settings.place, valueBytes: settings.valueBytes },
    blobs: { place: blobs.place, valueBytes: blobs.valueBytes },
  });
  const dispose = async () => {
    page.stop();
    await bench.dispose?.();
  };
  return { ...bench, host, dispose };
});

describe('the bridge to the webview', () => {
  it('carries bytes of every value, wherever they lie', () => {
    const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => i % 256);
    const value = { picture: raster(2, 1, 1, Uint8Array.of(0, 255)), list: [bytes, 'text', null, 1.5] };
    expect(fromWire(toWire(value))).toEqual(value);
  });

  it('sends no message above 8 MB, and puts long texts together again', async () => {
    const { ends, lengths } = jsonPipes();
    const text = 'a"\u{1f600}'.repeat(1_500_000);
    const parts = [new Uint8Array(0), Uint8Array.from({ length: 5_000_000 }, (_, i) => i % 251)];
    const arrived = new Promise<WireValue>((resolve) => piecewise(ends[1]).receive(resolve));
    piecewise(ends[0]).send({ text, parts });
    const value = await arrived;
    expect(value.text === text).toBe(true);
    expect(value.parts.map((part, i) => Buffer.compare(part, parts[i]))).toEqual([0, 0]);
    expect(lengths.length).toBeGreaterThan(4);
    expect(Math.max(...lengths)).toBeLessThan(8_000_000);
  });

  it('drops a value whose sender was reloaded in its middle, and takes the next one of the same number', async () => {
    const { ends } = jsonPipes();
    const values: WireValue[] = [];
    piecewise(ends[1]).receive((value) => values.push(value));
    const half = { stablePose: 1, value: 0, part: 0, at: 0, size: 9, piece: btoa('abc') };
    ends[0].send(half);
    ends[0].send({ stablePose: 1, value: 0, parts: 1, index: 0, count: 1, piece: '{}' });
    ends[0].send(half);
    const whole = { text: '{"a":{"$bytes":0}}', parts: [Uint8Array.of(1, 2, 3, 4)] };
    piecewise(ends[0]).send(whole);
    await expect.poll(() => values).toEqual([whole]);
  });

  it('refuses bytes that were not announced, and texts that name bytes which did not come', () => {
    let send: (message: unknown) => void = () => undefined;
    piecewise({
      send: () => undefined,
      receive: (listener) => {
        send = listener;
        return () => undefined;
      },
    }).receive(() => undefined);
    const piece = { stablePose: 1, value: 0, part: 0, at: 0, size: 2, piece: btoa('abc') };
    expect(() => send(piece)).toThrow('Bytes on the bridge are malformed');
    expect(() => send({ ...piece, size: 2 ** 40 })).toThrow('too long');
    expect(() => send({ ...piece, at: -1 })).toThrow('malformed');
    expect(() => fromWire({ text: '{"$bytes":1}', parts: [] })).toThrow('malformed');
  });

  it('passes over messages of others', async () => {
    const { ends } = jsonPipes();
    const texts: string[] = [];
    piecewise(ends[1]).receive(({ text }) => texts.push(text));
    ends[0].send({ anything: true });
    piecewise(ends[0]).send({ text: 'ours', parts: [] });
    await expect.poll(() => texts).toEqual(['ours']);
  });
});
