import { readClipTextEncoderConfig } from '../../../models/src/architectures/clip-text-encoder.ts';
import { readStablePoseAdapterConfig } from '../../../models/src/architectures/stable-pose-adapter.ts';
import type { TensorShapes } from '../../../models/src/architectures/tensor-shapes.ts';
import { readUnetConfig } from '../../../models/src/architectures/unet-config.ts';
import { readVaeConfig } from '../../../models/src/architectures/vae.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { referenceTensors } from './reference.ts';

/** The reference set's small model: its weights, and the sizes read from their shapes. */
export const tiny = referenceTensors('model/tiny.safetensors');

export const shapesOf = (checkpoint: Pick<typeof tiny, 'tensors'>): TensorShapes =>
  new Map([...checkpoint.tensors].map(([key, tensor]) => [key, tensor.shape]));

const shapes = shapesOf(tiny);
const hints = { heads: { count: 4 } };

export const tinyUnet = readUnetConfig(shapes, 'model.diffusion_model.', hints);
export const tinyAdapter = readStablePoseAdapterConfig(shapes, 'stable_pose_adapter.', hints);
export const tinyVae = readVaeConfig(shapes, 'first_stage_model.');
export const tinyText = readClipTextEncoderConfig(shapes, 'cond_stage_model.transformer.text_model.', {
  heads: 4,
});

export const cpu = { forms: operatorForms('cpu') };
export const weights = { model: tiny };
