export { attentionMasks } from './attention-masks.ts';
export { blurredBackground, type GaussianKernel, gaussianKernel, tapWeightSum } from './gaussian-kernel.ts';
export { cellSide } from './lit-region.ts';
export { patchMasks } from './patch-masks.ts';
export { type MaskRule, type PoseMaskOptions, poseMasks } from './pose-masks.ts';
