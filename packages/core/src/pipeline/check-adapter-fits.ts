import type { AdapterConfig, ModelConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';

/** Lets pass an adapter that is of this model. @throws tensor-mismatch when what it adds does not fit the model's UNet */
export function checkAdapterFits(name: string, adapter: AdapterConfig, model: ModelConfig): void {
  const [given, wanted] =
    adapter.kind === 't2i-adapter'
      ? [adapter.encoderResiduals, model.unet.encoderResiduals]
      : [adapter.residuals, model.unet.residuals];
  const say = (shapes: typeof given) =>
    shapes.map(({ channels, factor }) => `${channels}/${factor}`).join(' ');
  if (say(given) === say(wanted)) return;
  throw new StablePoseError(
    'tensor-mismatch',
    `The adapter ${name} was made for another model than ${model.name}: it adds residuals of channels/factor ${say(given)}, the model takes ${say(wanted)}.`,
    { remedy: 'Use an adapter of the same model family and size.' },
  );
}
