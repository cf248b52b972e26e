import { raster, withChannels } from '@stable-pose/core';
import type { HostBench } from '@stable-pose/sdk/testing';
import { selectLayer } from '../host/change-document.ts';
import { colourSamples, maskSamples } from '../host/colour-samples.ts';
import { greyProfile, sRgbProfile } from '../host/document-colour.ts';
import type { PhotoshopHost } from '../host/photoshop-host.ts';
import { put } from '../host/place-picture.ts';
import type { TestDocument, TestPhotoshop } from './test-photoshop.ts';

/**
 * The adapter in the running Photoshop, with the hands that a script has there: documents of its own, which it closes without
 * saving, and their history. People's documents are not touched.
 */
export function runningBench(photoshop: TestPhotoshop, host: PhotoshopHost): HostBench {
  const { app, core } = photoshop;
  const made = new Set<number>();
  let steps = 0;
  const modal = <T>(work: () => Promise<T>): Promise<T> =>
    core.executeAsModal(work, { commandName: 'Test Stable-Pose' });
  const current = () => app.activeDocument as TestDocument;
  const close = (id: number) => {
    made.delete(id);
    (app.documents.find((document) => document.id === id) as TestDocument | undefined)?.closeWithoutSaving();
  };
  const create = async (width: number, height: number): Promise<TestDocument> => {
    const document = await app.createDocument({
      name: 'Stable-Pose test',
      width,
      height,
      resolution: 72,
      mode: 'RGBColorMode',
      fill: 'transparent',
    });
    if (!document) throw new Error('Photoshop made no document.');
    made.add(document.id);
    return document;
  };
  const closeAll = () => {
    for (const id of [...made]) close(id);
  };
  return {
    host,
    // A working space other than sRGB is converted there and back.
    colourTolerance: 2,
    poseTolerance: 0.02,
    // A script that closed everything would close what people work on.
    cannotSelect: ['nothing'],
    open: async ({ canvas, picture, poses, selection }) => {
      await modal(async () => {
        closeAll();
        const document = await create(canvas.width, canvas.height);
        const [layer] = document.layers;
        if (picture) {
          const opaque = withChannels(picture, 4);
          const colour = { space: 'RGB' as const, depth: 8 as const, profile: sRgbProfile };
          await put(photoshop, opaque, colourSamples(opaque, colour), colour, (imageData) =>
            photoshop.imaging.putPixels({
              documentID: document.id,
              layerID: layer.id,
              imageData,
              replace: true,
              targetBounds: { left: 0, top: 0 },
            }),
          );
        }
        if (selection?.kind === 'area') {
          const { area } = selection;
          const full = raster(area.width, area.height, 1);
          full.data.fill(255);
          const mask = selection.mask ?? full;
          const grey = { space: 'Grayscale' as const, profile: greyProfile };
          await put(photoshop, mask, maskSamples(mask), grey, (imageData) =>
            photoshop.imaging.putSelection({
              documentID: document.id,
              imageData,
              replace: true,
              targetBounds: { left: area.x, top: area.y },
            }),
          );
        }
      });
      if (poses) await host.placePoses(`d${current().id}`, poses);
      steps = current().historyStates.length;
    },
    undo: async () => {
      const document = current();
      const states = document.historyStates;
      await modal(async () => {
        document.activeHistoryState = states[states.length - 2];
      });
    },
    undoSteps: async () => {
      const document = current();
      const at = document.historyStates.findIndex(({ id }) => id === document.activeHistoryState.id);
      return at + 1 - steps;
    },
    selectPlaced: (id) => modal(() => selectLayer(photoshop.action, current().id, Number(id))),
    selectElsewhere: async () => void (await modal(() => create(20, 20))),
    closeDocument: () => modal(async () => close(current().id)),
    dispose: () => modal(async () => closeAll()),
  };
}
