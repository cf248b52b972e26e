import type { FontName, TextNode } from '@figma/plugin-typings/plugin-api-standalone.d.ts';
import { decodePng, encodePng, raster } from '@stable-pose/core';
import { describe, expect, it } from 'vitest';
import { figmaSimulator } from './support/figma-simulator.ts';

const png = (width: number, height: number) => encodePng(raster(width, height, 3));
const exporting = {
  format: 'PNG',
  useAbsoluteBounds: true,
  colorProfile: 'SRGB',
  constraint: { type: 'SCALE', value: 1 },
} as const;

describe('the simulator of Figma', () => {
  it('takes pictures of 4096 pixels and refuses more, and what is no picture', () => {
    const { figma } = figmaSimulator();
    expect(figma.createImage(png(4096, 1)).hash).toMatch(/^[0-9a-f]{40}$/);
    expect(() => figma.createImage(png(4097, 1))).toThrow('Image is too large');
    expect(() => figma.createImage(png(1, 4097))).toThrow('Image is too large');
    expect(() => figma.createImage(Uint8Array.of(1, 2, 3))).toThrow('Image type is unsupported');
    const rectangle = figma.createRectangle();
    const fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: 'none' }] as const;
    expect(() => {
      rectangle.fills = fills;
    }).toThrow('does not exist');
  });

  it('exports what a frame shows: fills, from back to front, clipped by it', async () => {
    const { figma } = figmaSimulator();
    const frame = figma.createFrame();
    frame.resize(10, 8);
    frame.x = 500;
    const rectangle = figma.createRectangle();
    frame.appendChild(rectangle);
    rectangle.resize(10, 10);
    rectangle.x = 6;
    rectangle.y = 2;
    rectangle.fills = [{ type: 'SOLID', color: { r: 1, g: 0, b: 0 } }];
    const seen = decodePng(await frame.exportAsync(exporting));
    expect([seen.width, seen.height]).toEqual([10, 8]);
    const at = (x: number, y: number) => [...seen.data.subarray(4 * (y * 10 + x), 4 * (y * 10 + x) + 4)];
    expect(at(5, 2)).toEqual([0, 0, 0, 0]);
    expect(at(6, 1)).toEqual([0, 0, 0, 0]);
    expect(at(6, 2)).toEqual([255, 0, 0, 255]);
    expect(at(9, 7)).toEqual([255, 0, 0, 255]);
  });

  it('undoes to what was committed', () => {
    const simulator = figmaSimulator();
    const { figma, page } = simulator;
    const first = figma.createRectangle();
    figma.commitUndo();
    figma.commitUndo();
    expect(simulator.undoSteps).toBe(1);
    const second = figma.createRectangle();
    first.x = 7;
    expect(simulator.undoSteps).toBe(2);
    figma.triggerUndo();
    expect([first.removed, first.x, second.removed]).toEqual([false, 0, true]);
    simulator.undo();
    expect(page.children).toEqual([]);
    expect(simulator.undoSteps).toBe(0);
  });

  it('keeps 100 kB an entry of plugin data, and 5 MB in client storage', async () => {
    const { figma } = figmaSimulator();
    const node = figma.createRectangle();
    node.setPluginData('key', 'x'.repeat(99_997));
    expect(() => node.setPluginData('key', 'x'.repeat(99_998))).toThrow('100 kB');
    const { clientStorage } = figma;
    const bytes = Uint8Array.of(1, 2);
    await clientStorage.setAsync('a', bytes);
    bytes[0] = 9;
    expect([...(await clientStorage.getAsync('a'))]).toEqual([1, 2]);
    await expect(clientStorage.setAsync('a', new Uint8Array(5_000_000))).rejects.toThrow('quota');
    expect([...(await clientStorage.getAsync('a'))]).toEqual([1, 2]);
    await expect(clientStorage.setAsync('b', () => 1)).rejects.toThrow();
  });

  it('carries what Figma carries, as copies, later', async () => {
    const { figma, ui } = figmaSimulator();
    const arrived: unknown[] = [];
    ui.receive((message) => arrived.push(message));
    const bytes = Uint8Array.of(1, 2, 3);
    figma.ui.postMessage({ list: [bytes, null, 'text', new Date(5)] });
    bytes[0] = 9;
    expect(arrived).toEqual([]);
    await expect.poll(() => arrived).toEqual([{ list: [Uint8Array.of(1, 2, 3), null, 'text', new Date(5)] }]);
    for (const refused of [new ArrayBuffer(1), new Float32Array(1), () => 1, new Map(), new Blob([])])
      expect(() => figma.ui.postMessage({ refused })).toThrow('message.refused');
  });

  it('has pages that must be loaded before anybody looks into them, each with its own selection', async () => {
    const simulator = figmaSimulator();
    const { figma } = simulator;
    const first = figma.currentPage;
    const second = simulator.addPage('Second');
    expect(figma.root.children.map(({ name }) => name)).toEqual(['Page 1', 'Second']);
    expect(() => second.children).toThrow('not been explicitly loaded');
    expect(() => second.findAllWithCriteria({ types: ['FRAME'] })).toThrow('page.loadAsync()');
    await second.loadAsync();
    expect(second.children).toEqual([]);
    expect(() => {
      figma.currentPage = second;
    }).toThrow('setCurrentPageAsync');
    const told: string[] = [];
    figma.on('currentpagechange', () => told.push('page'));
    figma.on('selectionchange', () => told.push('selection'));
    const frame = figma.createFrame();
    first.selection = [frame];
    await figma.setCurrentPageAsync(second);
    expect(told).toEqual(['selection', 'page', 'selection']);
    expect(simulator.page.name).toBe('Second');
    expect(figma.currentPage.selection).toEqual([]);
    expect(first.selection.map(({ id }) => id)).toEqual([frame.id]);
    // What is made lies on the page that is shown; what lies elsewhere is found by its id all the same.
    const made = figma.createRectangle();
    expect(made.parent?.id).toBe(second.id);
    expect((await figma.getNodeByIdAsync(frame.id))?.parent?.id).toBe(first.id);
    second.appendChild(frame);
    expect(first.children).toEqual([]);
    expect(() => figma.root.appendChild(frame as never)).toThrow('cannot be a child');
    // Events are each page's own.
    const heard: string[] = [];
    for (const page of [first, second])
      page.on('nodechange', ({ nodeChanges }) => heard.push(`${page.name} ${nodeChanges.length}`));
    simulator.settle();
    heard.length = 0;
    frame.x = 7;
    simulator.settle();
    expect(heard).toEqual(['Second 1']);
    expect(figma.createPage().name).toBe('Page 3');
    expect(figma.currentPage.name).toBe('Second');
  });

  it('writes text in fonts that were loaded, and in no others', async () => {
    const { figma } = figmaSimulator();
    const text = figma.createText();
    expect(() => {
      text.characters = 'Hello';
    }).toThrow('unloaded font "Inter Regular"');
    await figma.loadFontAsync(text.fontName as FontName);
    text.characters = 'Hello\nworld';
    expect([text.characters, text.height]).toEqual(['Hello\nworld', 28]);
    const bold = { family: 'Inter', style: 'Bold' };
    expect(() => {
      text.fontName = bold;
    }).toThrow('unloaded font "Inter Bold"');
    await expect(figma.loadFontAsync({ family: 'Comic', style: 'Bold' })).rejects.toThrow(
      'could not be loaded',
    );
    expect((await figma.listAvailableFontsAsync()).length).toBeGreaterThan(2);
    const rectangle = figma.createRectangle();
    expect(() => (rectangle as unknown as TextNode).characters).toThrow("no such property 'characters'");
    expect('characters' in rectangle).toBe(false);
  });

  it('throws for what it does not have', () => {
    const { figma } = figmaSimulator();
    expect(() => (figma as unknown as { createSlice(): void }).createSlice()).toThrow('not simulated');
  });
});
