export {
  type DrawingOptions,
  drawPoses,
  type OutOfFrame,
} from './draw-poses.ts';
