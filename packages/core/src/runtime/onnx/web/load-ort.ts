import { StablePoseError } from '../../../errors.ts';
import type { OrtModule } from '../ort-module.ts';

/**
 * Builds of onnxruntime-web. `wasm`: 14 MB, CPU only. `webgpu`: 27 MB, both. `jspi`: 17 MB, both, reads weights out of a
 * Blob as it needs them, for browsers with `WebAssembly.Suspending` (Chromium 137).
 */
export const ortBuilds = ['wasm', 'webgpu', 'jspi'] as const;
export type OrtBuild = (typeof ortBuilds)[number];

export interface OrtSettings {
  /** Where the `.wasm` lies: a folder's URL with a slash at its end, or the file's own. Left out: beside the script. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  /** The `.wasm` itself, of the same build, where nothing can be fetched. */
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
  /** More than one needs a cross-origin isolated page. */
  readonly threads?: number;
}

/** What is set of onnxruntime-web's environment, before its first session. */
interface OrtEnvironment {
  readonly wasm: {
    numThreads?: number;
    wasmPaths?: OrtSettings['wasmPaths'];
    wasmBinary?: ArrayBuffer | Uint8Array;
    proxy?: boolean;
  };
}

/** Whether this browser can run the `jspi` build. */
export const hasJspi = (): boolean => 'Suspending' in WebAssembly;

/** The build for a provider in this browser. */
export const ortBuildFor = (provider: 'wasm' | 'webgpu'): OrtBuild =>
  provider === 'wasm' ? 'wasm' : hasJspi() ? 'jspi' : 'webgpu';

/**
 * Imports a build of onnxruntime-web. Each is an import of its own, so that a bundler makes each a file that is fetched only
 * where it is needed.
 * @throws runtime-missing
 */
export async function loadOrt(build: OrtBuild): Promise<OrtModule> {
  try {
    return (await importOf(build)) as OrtModule;
  } catch (cause) {
    throw new StablePoseError('runtime-missing', `onnxruntime-web/${build} could not be loaded.`, {
      remedy: 'Install it (npm install onnxruntime-web), or hand it over as `ort`.',
      cause,
    });
  }
}

function importOf(build: OrtBuild): Promise<unknown> {
  switch (build) {
    case 'wasm':
      return import('onnxruntime-web/wasm');
    case 'webgpu':
      return import('onnxruntime-web/webgpu');
    case 'jspi':
      return import('onnxruntime-web/jspi');
    default:
      throw new StablePoseError('invalid-input', `There is no build ${build satisfies never}.`, {
        remedy: `Choose one of ${ortBuilds.join(', ')}.`,
      });
  }
}

/** The binary of each build, as the package names it. */
const wasmNames: Readonly<Record<OrtBuild, string>> = {
  wasm: 'ort-wasm-simd-threaded.wasm',
  webgpu: 'ort-wasm-simd-threaded.asyncify.wasm',
  jspi: 'ort-wasm-simd-threaded.jspi.wasm',
};

/**
 * Must come before the first session of the module: later it changes nothing.
 * @param build undefined for a module that the caller brought
 */
export function configureOrt(ort: OrtModule, build: OrtBuild | undefined, settings: OrtSettings): void {
  const { env } = ort as { env?: OrtEnvironment };
  if (!env) return;
  env.wasm.proxy = false;
  env.wasm.numThreads = settings.threads ?? 1;
  if (settings.wasmPaths !== undefined) env.wasm.wasmPaths = pathsOf(settings.wasmPaths, build);
  if (settings.wasmBinary !== undefined) env.wasm.wasmBinary = settings.wasmBinary;
}

/** Said as a folder, onnxruntime would fetch its script from there as well, which is in the bundle already. */
function pathsOf(
  paths: NonNullable<OrtSettings['wasmPaths']>,
  build: OrtBuild | undefined,
): NonNullable<OrtSettings['wasmPaths']> {
  if (typeof paths !== 'string') return paths;
  if (paths.endsWith('.wasm')) return { wasm: paths };
  return build ? { wasm: paths + wasmNames[build] } : paths;
}
