import { raster } from '@stable-pose/core';
import { describeConformance, hostChecks } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { bridgedHost } from '../../packages/photoshop-plugin/src/bridge/bridged-host.ts';
import { type MessagePipe, piecewise } from '../../packages/photoshop-plugin/src/bridge/piecewise.ts';
import { serveHost } from '../../packages/photoshop-plugin/src/bridge/serve-host.ts';
import { fromWire, toWire } from '../../packages/photoshop-plugin/src/bridge/wire-value.ts';
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
    const arrived = new Promise<string>((resolve) => piecewise(ends[1]).receive(resolve));
    piecewise(ends[0]).send(text);
    expect((await arrived) === text).toBe(true);
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThan(8_000_000);
  });

  it('passes over messages of others', async () => {
    const { ends } = jsonPipes();
    const texts: string[] = [];
    piecewise(ends[1]).receive((text) => texts.push(text));
    ends[0].send({ anything: true });
    piecewise(ends[0]).send('ours');
    await expect.poll(() => texts).toEqual(['ours']);
  });
});
