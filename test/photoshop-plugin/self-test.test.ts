import { describeConformance, hostChecks } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { testHost } from '../../packages/photoshop-plugin/src/test-host/test-host.ts';
import { absentOfReport, limitsOfReport } from './simulator/limits-of-report.ts';
import { photoshopBench } from './simulator/photoshop-bench.ts';
import { UxpRealm } from './simulator/uxp-realm.ts';

/** A Photoshop that rounds shapes to its grid, measures paths in pixels and makes layers inside of groups. */
const otherwise = {
  pathUnit: 'pixelsUnit',
  shapeOffset: [-0.25, 0.375],
  layerBesideGroup: 'inside',
  emptyPart: 'empty',
} as const;

describe('the self-test in the simulator', { timeout: 300_000 }, () => {
  it('keeps every rule, answers every question, and leaves the documents of people alone', async () => {
    const { simulator, host } = photoshopBench();
    const mine = simulator.open({ canvas: { width: 60, height: 40 } });
    const before = mine.state;
    const report = await testHost(simulator.photoshop, host, '27.4.0');
    expect(report.conformance.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.conformance.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(30);
    expect(report.answers).toMatchObject({
      settingsRoundTrip: { value: true },
      pathUnit: { value: 'distanceUnit' },
      emptyPartError: { value: expect.stringContaining('not valid here') },
      layerBesideGroup: { value: 'beside' },
      channelsKept: { value: true },
      resultsAfterError: { value: 2 },
      placingMs: { value: expect.any(Number) },
    });
    expect(simulator.photoshop.app.documents.length).toBe(1);
    expect(mine.state).toBe(before);
    expect(simulator.liveBuffers).toBe(0);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('says what failed where Photoshop does otherwise', async () => {
    const { simulator, host } = photoshopBench();
    simulator.failNext('getPixels', 3);
    const { conformance, answers } = await testHost(simulator.photoshop, host, '27.4.0');
    const reasons = conformance.map(({ reason }) => reason);
    const errors = Object.values(answers).map((answer) => ('error' in answer ? answer.error : ''));
    expect([...reasons, ...errors].join()).toContain('Scratch disks are full');
  });

  it('makes the simulator do as the Photoshop that was tested', async () => {
    const { simulator, host } = photoshopBench('RGBColorMode', 8, otherwise);
    const photoshop = await testHost(simulator.photoshop, host, '27.4.0');
    const report = { format: 'stable-pose-photoshop-report', version: 1, photoshop } as const;
    expect(limitsOfReport(JSON.parse(JSON.stringify(report)))).toEqual(otherwise);
  });

  it('takes away from scripts what the UXP that was tested did not have', async () => {
    const { simulator, uxp } = photoshopBench();
    const engine = { AbortController: true, atob: false, WebAssembly: false };
    const absent = absentOfReport({ engine });
    expect(absent).toEqual(['atob', 'WebAssembly']);
    const realm = new UxpRealm({
      manifest: { manifestVersion: 5, name: 'Test', main: 'index.html', entrypoints: [] },
      simulator,
      uxp,
      absent,
      openPage: () => ({ receive: () => undefined, close: () => undefined }),
    });
    expect(() => realm.run('atob("")')).toThrow('not simulated: atob');
    realm.run('new AbortController()');
  });
});

describeConformance({ describe, it }, 'Photoshop host, in a Photoshop that does otherwise', hostChecks, () =>
  photoshopBench('RGBColorMode', 8, otherwise),
);
