import { type Raster, withChannels } from '@stable-pose/core';
import type { HostBench } from '@stable-pose/sdk/testing';
import { colourSamples } from '../../../packages/photoshop-plugin/src/host/colour-samples.ts';
import { documentColour } from '../../../packages/photoshop-plugin/src/host/document-colour.ts';
import { PhotoshopHost } from '../../../packages/photoshop-plugin/src/host/photoshop-host.ts';
import { PhotoshopSimulator, type SimulatorLimits } from './photoshop-simulator.ts';
import type { SimulatedImage } from './simulated-document.ts';
import { UxpSimulator } from './uxp-simulator.ts';

export interface SimulatedBench extends HostBench {
  readonly host: PhotoshopHost;
  readonly simulator: PhotoshopSimulator;
  readonly uxp: UxpSimulator;
  readonly notifications: string[];
}

/** The adapter on the simulator, with a person's hands. Leaked image buffers fail on disposal. */
export function photoshopBench(
  mode = 'RGBColorMode',
  depth: 8 | 16 | 32 = 8,
  limits: Partial<SimulatorLimits> = {},
): SimulatedBench {
  const simulator = new PhotoshopSimulator(limits);
  const uxp = new UxpSimulator();
  const notifications: string[] = [];
  const host = new PhotoshopHost({
    photoshop: simulator.photoshop,
    ...uxp,
    storage: uxp.storage,
    version: '27.4.0',
    notify: (text) => notifications.push(text),
  });
  return {
    host,
    simulator,
    uxp,
    notifications,
    // Lab's 8 bits are coarser than sRGB's in some colours; 16 and 32 bits come back exactly.
    colourTolerance: mode === 'labColorMode' && depth === 8 ? 6 : 0,
    open: async ({ canvas, picture, poses, selection }) => {
      simulator.closeAll();
      if (selection?.kind === 'nothing') return;
      simulator.open({
        canvas,
        mode,
        depth,
        ...(picture ? { background: background(picture, mode, depth) } : {}),
        ...(selection?.kind === 'area' ? { selection } : {}),
      });
      if (!poses) return;
      const { target } = await host.readSelection();
      await host.placePoses(target, poses);
      simulator.document.history.length = 0;
    },
    undo: async () => simulator.undo(),
    undoSteps: async () => simulator.document.history.length,
    selectPlaced: async (id) => simulator.selectLayers(Number(id)),
    selectElsewhere: async () => void simulator.open({ canvas: { width: 20, height: 20 } }),
    closeDocument: async () => simulator.close(),
    makeBusy: async () => {
      simulator.setBusy(true);
      return async () => simulator.setBusy(false);
    },
    breakNextPlacing: async () => simulator.failNext('putPixels', 1),
    switchTheme: async () => uxp.setTheme(uxp.themes.getCurrent() === 'dark' ? 'lightest' : 'dark'),
    dispose: async () => {
      if (simulator.liveBuffers > 0)
        throw new Error(`${simulator.liveBuffers} image buffers were not disposed.`);
    },
  };
}

/** A background layer: opaque, in the document's own samples. */
export function background(picture: Raster, mode: string, depth: 8 | 16 | 32): SimulatedImage {
  const colour = documentColour({ mode, bitsPerChannel: `bitDepth${depth}` });
  if (typeof colour === 'string') throw new Error(colour);
  const { data, components } = colourSamples(withChannels(picture, 4), colour);
  const { width, height } = picture;
  const out = data.slice(0, width * height * (components - 1));
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < components - 1; c++) out[i * (components - 1) + c] = data[i * components + c];
  }
  return { width, height, components: components - 1, hasAlpha: false, data: out };
}
