import { certainFrame, lostInCertainFrame } from './comfy-ui-json.ts';
import { isEditorFrame, isOpenPoseFrame, readOpenPose } from './open-pose-json.ts';
import type { PoseFormat } from './pose-format.ts';
import { presentPoints } from './what-is-lost.ts';

/**
 * The OpenPose editor of huchenlei (sd-webui-openpose-editor): one frame as ComfyUI's, not in a list, with `animals` beside
 * the people. It shows certain points only, and none at negative places; those are read all the same, because other editors
 * of this form draw outside the canvas.
 */
export const openPoseEditorJson: PoseFormat = {
  name: 'openpose-editor',

  detect: (value) => isOpenPoseFrame(value) && isEditorFrame(value),

  read: readOpenPose,

  write: (poses, size) => ({ ...certainFrame(poses, size), animals: [] }),

  lost(poses) {
    const hidden = presentPoints(poses).some(([x, y]) => x < 0 || y < 0)
      ? ['The editor does not show points left of or above the picture, though the file has them.']
      : [];
    return [...lostInCertainFrame(poses), ...hidden];
  },
};
