import type { GenerationEngine } from '@stable-pose/sdk';
import { createNodeEngine, openModelFolder } from '@stable-pose/sdk/node';
import type { EngineOptions } from './generate-options.ts';

/** The engine of this machine, with the model that was named, or else the pulled ones and the one that ships inside. */
export function openNamedEngine(options: EngineOptions): GenerationEngine {
  const { model, config, vae, lora, embedding, adapter } = options;
  const named =
    model === undefined
      ? {}
      : {
          models: [
            {
              path: model,
              config,
              vae,
              loras: lora?.map(({ path }) => path),
              embeddings: embedding,
              adapters: adapter?.map(({ path }) => path),
            },
          ],
        };
  return createNodeEngine({
    ...named,
    store: openModelFolder(),
    device: options.device,
    threads: options.threads,
    weightsInPlace: options.inPlace,
    partsInTurn: options.inTurn,
  });
}
