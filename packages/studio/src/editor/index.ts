export { bendChain } from './bend-chain.ts';
export { copyPeople, pastePeople } from './clipboard-poses.ts';
export { type DragOptions, dragKeypoint, pivotOf, turnLimb } from './drag-keypoint.ts';
export { beginHistory, commit, type EditHistory, redo, undo } from './edit-history.ts';
export { type EditorDocument, findPerson, withPerson } from './editor-document.ts';
export { type FaceShape, faceOfShape, faceShapes } from './face-shape.ts';
export { followParts, keepParts } from './follow-parts.ts';
export { type HandShape, type HandSide, handBones, handOfShape, handShapes } from './hand-shape.ts';
export {
  addToSelection,
  isSelected,
  type KeypointSelection,
  keepExisting,
  nothingSelected,
  selectInside,
  selectKeypoint,
  selectPeople,
  toggleKeypoint,
} from './keypoint-selection.ts';
export { keptDistances } from './kinematic-tree.ts';
export {
  type EditorKeypoint,
  type KeypointState,
  type Person,
  type Point,
  uncertainBelow,
} from './person.ts';
export { personOfPose, poseOfPerson, posesOfDocument } from './person-of-pose.ts';
export { type OrderStep, reorder } from './person-order.ts';
export {
  changePart,
  dragPartPoint,
  type PartName,
  partNames,
  partOf,
  withPart,
} from './person-parts.ts';
export { angleOf, distance, nearestTurn } from './plane.ts';
export { limbOf, resetLimb, resetPerson } from './reset-person.ts';
export {
  type Bounds,
  centreOf,
  changeKeypoints,
  mirrorPerson,
  movePerson,
  personBounds,
  scalePerson,
  swapSides,
  turnPerson,
} from './transform-person.ts';
