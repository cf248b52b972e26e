import { FakeHost, type FakeHostOptions } from './fake-host.ts';
import type { HostBench } from './host-bench.ts';

/** The fake host with all of a person's hands: what the suite is checked on, and an example of a bench. */
export function fakeHostBench(options: FakeHostOptions = {}): HostBench & { readonly host: FakeHost } {
  const host = new FakeHost(options);
  return {
    host,
    open: async (scene) => host.open(scene, { closeOthers: true }),
    undo: async () => host.undo(),
    undoSteps: async () => host.undoNames.length,
    selectPlaced: async (id) => host.selectPicture(id),
    selectElsewhere: async () => host.open({ canvas: { width: 20, height: 20 } }),
    closeDocument: async () => host.closeDocument(),
    makeBusy: async () => {
      host.setBusy(true);
      return async () => host.setBusy(false);
    },
    breakNextPlacing: async () => host.failNext('place'),
    switchTheme: async () => {
      const { appearance } = await host.theme();
      host.setTheme({ appearance: appearance === 'light' ? 'dark' : 'light', colours: {} });
    },
    cancelProgress: async () => host.cancelProgress(),
  };
}
