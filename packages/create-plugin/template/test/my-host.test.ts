import { withChannels } from '@stable-pose/sdk';
import { describeConformance, type HostBench, hostChecks } from '@stable-pose/sdk/testing';
import { describe, it, vi } from 'vitest';
import { MyEditor } from '../src/my-editor.ts';
import { MyHost } from '../src/my-host.ts';

// Every rule that a host adapter must keep; what the editor cannot do, or nobody's hands here, is skipped with that reason.
describeConformance({ describe, it }, 'my host', hostChecks, makeBench);

/** The adapter, and what a person would do in the editor. With the real editor, drive it, or a simulator of it. */
function makeBench(): HostBench {
  const editor = new MyEditor();
  let document = '';
  const quiet = vi.spyOn(console, 'log').mockImplementation(() => {});
  return {
    host: new MyHost(editor),
    async open({ canvas, picture, poses = [], selection }) {
      editor.close(document);
      if (selection?.kind === 'nothing') return;
      const area = { x: 0, y: 0, ...canvas };
      const layers = picture
        ? [{ id: editor.newId('layer'), name: 'Ground', picture: withChannels(picture, 4), area }]
        : [];
      document = editor.open({ ...canvas, layers, skeletons: poses });
      if (selection?.kind === 'area') editor.select(selection.area);
    },
    undo: async () => editor.undo(document),
    undoSteps: async () => editor.undoSteps(document),
    selectPlaced: async (id) => editor.select(id),
    selectElsewhere: async () => {
      editor.open({ width: 40, height: 30, layers: [], skeletons: [] });
    },
    closeDocument: async () => editor.close(document),
    dispose: async () => quiet.mockRestore(),
  };
}
