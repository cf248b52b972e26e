import type { AdapterConfig, ExecutionProvider, ModelConfig, PartName } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import type { ModelSettings } from '../model-settings.ts';

/** The file that makes a folder a converted model. It is written last. */
export const manifestName = 'stable-pose-model.json';
export const manifestFormat = 'stable-pose-model';
export const manifestVersion = 1;

/** Which networks have a weights file of their own, and its name: a safetensors file with upstream key names. */
export const weightFiles = {
  text: 'text-encoder.safetensors',
  unet: 'unet.safetensors',
  vae: 'vae.safetensors',
  adapter: 'adapter.safetensors',
} as const;
export type WeightPart = keyof typeof weightFiles;

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface ManifestGraph {
  readonly part: PartName;
  /** How its operators are written. */
  readonly provider: ExecutionProvider;
  readonly path: string;
  /** The file that its external tensors lie in, beside it. */
  readonly weights: string;
}

/** How near a converted graph's output is to its source's. */
export interface ManifestParity {
  readonly part: PartName;
  /** Whose graph it is: each was run on the device that the conversion ran on. Folders of before say nothing. */
  readonly provider?: ExecutionProvider;
  /**
   * Decibels; null when the outputs are equal to the bit, which graphs that are written for another device than the source's
   * was need not be.
   */
  readonly psnr: number | null;
}

/** What `stable-pose-model.json` says. */
export interface ModelManifest {
  readonly format: typeof manifestFormat;
  readonly version: typeof manifestVersion;
  readonly name: string;
  readonly licence: string;
  readonly precision: 'fp16' | 'fp32';
  readonly config: ModelConfig;
  readonly adapter?: AdapterConfig;
  /** What the weights do not tell: graphs can be built again from the weights and this. */
  readonly settings: ModelSettings;
  readonly graphs: readonly ManifestGraph[];
  readonly parity: readonly ManifestParity[];
  /** Decibels that every graph had to reach. */
  readonly minimumPsnr?: number;
  /** Every file of the folder but the manifest. */
  readonly files: readonly ManifestFile[];
}

/** @throws model-corrupt when this is no manifest, or one of a later version */
export function checkManifest(value: Readonly<Record<string, unknown>>, file: string): ModelManifest {
  const manifest = value as Partial<ModelManifest>;
  const complete =
    manifest.format === manifestFormat &&
    Array.isArray(manifest.files) &&
    Array.isArray(manifest.graphs) &&
    typeof manifest.config === 'object' &&
    typeof manifest.settings === 'object';
  if (!complete) {
    throw new StablePoseError('model-corrupt', `${file} is not the manifest of a converted model.`, {
      remedy: 'Convert the model again.',
    });
  }
  if (manifest.version !== manifestVersion) {
    throw new StablePoseError(
      'model-corrupt',
      `${file} is of version ${manifest.version}; this program reads version ${manifestVersion}.`,
      { remedy: 'Use a newer program, or convert the model again.' },
    );
  }
  return value as unknown as ModelManifest;
}
