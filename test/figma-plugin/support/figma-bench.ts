import { encodePng } from '@stable-pose/core';
import type { HostTheme } from '@stable-pose/sdk';
import type { HostBench } from '@stable-pose/sdk/testing';
import { drawSkeletonNodes } from '../../../packages/figma-plugin/src/main/draw-skeleton-nodes.ts';
import type { FrameNode, SceneNode } from '../../../packages/figma-plugin/src/main/figma.ts';
import { startMain } from '../../../packages/figma-plugin/src/main/start-main.ts';
import { callMain, type MainCalls } from '../../../packages/figma-plugin/src/messages/call-main.ts';
import { FigmaHost } from '../../../packages/figma-plugin/src/ui/figma-host.ts';
import { type FigmaSimulator, figmaSimulator, type SimulatedApi } from './figma-simulator.ts';

export interface FigmaBench extends HostBench {
  readonly host: FigmaHost;
  readonly simulator: FigmaSimulator;
  readonly main: MainCalls;
  /** The frame of the scene. */
  frame(): FrameNode;
}

/** Both halves over the simulator's bridge, with a person's hands. @param start the main half; its sources when absent */
export function figmaBench(start: (figma: SimulatedApi) => void = (figma) => startMain(figma)): FigmaBench {
  const simulator = figmaSimulator();
  const { figma, page, ui } = simulator;
  let theme: HostTheme = { appearance: 'light', colours: {} };
  const onTheme = new Set<() => void>();
  start(figma);
  simulator.run({ command: '' });
  const main = callMain(ui);
  const host = new FigmaHost({
    main,
    theme: {
      read: () => theme,
      watch: (listener) => {
        onTheme.add(listener);
        return () => onTheme.delete(listener);
      },
    },
  });
  let frame: FrameNode | undefined;
  const shown = (): FrameNode => {
    if (frame === undefined) throw new Error('There is no frame.');
    return frame;
  };
  return {
    host,
    main,
    simulator,
    frame: shown,
    cannotSelect: ['area'],
    open: async ({ canvas, picture, poses = [], selection }) => {
      for (const node of [...page.children]) node.remove();
      simulator.select([]);
      frame = figma.createFrame();
      frame.name = 'Scene';
      frame.resize(canvas.width, canvas.height);
      frame.x = 300;
      frame.y = -40;
      if (picture) {
        const rectangle = figma.createRectangle();
        frame.appendChild(rectangle);
        rectangle.resize(canvas.width, canvas.height);
        const { hash } = figma.createImage(encodePng(picture));
        rectangle.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: hash }];
      }
      for (const pose of poses) drawSkeletonNodes(figma, pose, frame, { name: 'Person', lineWidth: 3 });
      if (selection?.kind !== 'nothing') simulator.select([frame]);
      simulator.forgetUndo();
    },
    undo: async () => simulator.undo(),
    undoSteps: async () => simulator.undoSteps,
    selectPlaced: async (id) => {
      const node = await figma.getNodeByIdAsync(id);
      simulator.select([node as SceneNode]);
    },
    selectElsewhere: async () => {
      const other = figma.createFrame();
      simulator.forgetUndo();
      simulator.select([other]);
    },
    closeDocument: async () => shown().remove(),
    breakNextPlacing: async () => simulator.failNext('appendChild'),
    switchTheme: async () => {
      theme = { appearance: theme.appearance === 'light' ? 'dark' : 'light', colours: {} };
      for (const listener of [...onTheme]) listener();
    },
  };
}
