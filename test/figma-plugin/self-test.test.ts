import { describe, expect, it } from 'vitest';
import { runSelfTest } from '../../packages/figma-plugin/src/ui/self-test.ts';
import { limitsOfReport } from './simulator/report-limits.ts';
import { type FigmaBench, figmaBench } from './support/figma-bench.ts';

const pageFacts = async () => ({
  userAgent: 'none',
  origin: 'null',
  isIsolated: false,
  hasSharedMemory: false,
  hasBlobWorkers: true,
  hasJspi: false,
  storage: { localStorage: 'SecurityError: denied' },
});

const echoOver =
  ({ simulator }: FigmaBench) =>
  (bytes: Uint8Array) =>
    new Promise<number>((resolve) => {
      const stop = simulator.ui.receive((message) => {
        const back = (message as { readonly stablePoseEcho?: Uint8Array }).stablePoseEcho;
        if (back === undefined) return;
        stop();
        resolve(back.length);
      });
      simulator.ui.send({ stablePoseEcho: bytes });
    });

describe('the self-test', () => {
  it('passes in the simulator, leaves nothing behind, and its report is what the simulator can be like', async () => {
    const bench = figmaBench();
    const { simulator, host, main } = bench;
    const { figma } = simulator;
    const mine = figma.createFrame();
    simulator.select([mine]);
    figma.viewport.center = { x: 70, y: -30 };
    figma.viewport.zoom = 2.5;
    const first = simulator.page;
    const elsewhere = simulator.addPage('Elsewhere');
    simulator.settle();
    simulator.ui.limitBytes(20_000_000);
    let isElsewhere = false;
    const report = await runSelfTest({
      host,
      main,
      pageFacts,
      echo: (bytes) => refused(echoOver(bench), bytes),
      onStep: (words) => {
        if (!words.startsWith('H9 ')) return;
        // People look around meanwhile.
        isElsewhere = true;
        void simulator.showPage(elsewhere);
        figma.viewport.center = { x: 0, y: 0 };
      },
    });
    expect(report.host.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.host.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(25);
    for (const { outcome, reason } of report.host) if (outcome === 'skipped') expect(reason).toBeTruthy();
    expect(report.main).toMatchObject({ editor: 'figma', hasTimers: true });
    // Of a frame of 100 x 50 pixels, turned by 30 degrees, as a page shows it.
    expect(report.main.turnedExport).toEqual([112, 93]);
    expect(report.messages.map(({ bytes, failure }) => [bytes / 2 ** 20, failure !== undefined])).toEqual([
      [1, false],
      [4, false],
      [16, false],
      [64, true],
    ]);
    expect(report.main.pathsWithoutFill).toBe(0);
    // Page, selection and view are what they were.
    expect(isElsewhere).toBe(true);
    expect(simulator.page.id).toBe(first.id);
    expect(first.children.map(({ id }) => id)).toEqual([mine.id]);
    expect(elsewhere.children).toEqual([]);
    expect(first.selection.map(({ id }) => id)).toEqual([mine.id]);
    expect(figma.viewport.center).toEqual({ x: 70, y: -30 });
    expect(figma.viewport.zoom).toBe(2.5);
    expect(limitsOfReport(JSON.stringify(report))).toEqual({ messageBytes: 16 * 2 ** 20, hasTimers: true });
    expect(() => limitsOfReport('{}')).toThrow('no report');
  }, 300_000);
});

describe('a self-test whose window is closed in the middle', () => {
  it('leaves nothing behind either', async () => {
    const bench = figmaBench();
    const { simulator, main } = bench;
    const mine = simulator.figma.createFrame();
    simulator.select([mine]);
    await main.ask('testScene', { width: 50, height: 40, poses: [], isSelected: true });
    await main.ask('testAct', { act: 'elsewhere' });
    expect(simulator.page.children).toHaveLength(3);
    simulator.close();
    expect(simulator.page.children.map(({ id }) => id)).toEqual([mine.id]);
    expect(simulator.page.selection.map(({ id }) => id)).toEqual([mine.id]);
  });
});

/** What is too large does not arrive: somebody stops waiting. */
function refused(echo: (bytes: Uint8Array) => Promise<number>, bytes: Uint8Array): Promise<number> {
  try {
    return echo(bytes);
  } catch (error) {
    return Promise.reject(error);
  }
}
