import type { AdapterConfig, ModelConfig } from '../contract/index.ts';
import { type Pose, poseBounds } from '../pose/index.ts';
import { drawsHandsAndFaces } from './draw-hint.ts';
import type { ResolvedRequest } from './resolve-request.ts';

/** A native side may be missed by this factor before it is said. */
const farFromNative = 1.5;

/** What in a request will surprise: fields without effect, and what the model was not made for. Sentences for people. */
export function requestWarnings(
  request: ResolvedRequest,
  config: ModelConfig,
  adapterConfigs: ReadonlyMap<string, AdapterConfig>,
): readonly string[] {
  const warnings: string[] = [];
  const { poses, adapters, width, height } = request;
  if (poses.length > 0 && adapters.length === 0) {
    warnings.push(
      adapterConfigs.size > 0
        ? 'The pose was not used: the request names no adapter.'
        : 'The pose was not used: this model came without a pose adapter.',
    );
  }
  if (poses.length === 0 && adapters.length > 0) {
    warnings.push('No pose was given, so the adapters had nothing to follow.');
  }
  for (const { model, strength, from, to } of adapters) {
    if (strength === 0) warnings.push(`The adapter ${model} had strength 0, so it did nothing.`);
    else if (actsNever(from, to, request.steps)) {
      warnings.push(`The adapter ${model} acted at no step: from ${from} to ${to} holds none.`);
    }
  }
  const acting = adapters.filter(
    ({ strength, from, to }) => strength > 0 && !actsNever(from, to, request.steps),
  );
  const isDrawn = acting.some(({ model }) => {
    const adapter = adapterConfigs.get(model);
    return adapter !== undefined && drawsHandsAndFaces(adapter.hint);
  });
  const given = handsAndFaces(poses);
  if (acting.length > 0 && given !== undefined && !isDrawn) {
    const who = acting.map(({ model }) => model).join(', ');
    warnings.push(
      `The ${given} of the poses were not used: ${who} ${acting.length > 1 ? 'look' : 'looks'} at bodies only. A ControlNet or T2I-Adapter for OpenPose looks at them.`,
    );
  }
  poses.forEach((pose, i) => {
    const bounds = poseBounds(pose);
    if (bounds && (bounds.right < 0 || bounds.bottom < 0 || bounds.left > width || bounds.top > height)) {
      warnings.push(`Person ${i + 1} lies outside the picture.`);
    }
  });
  if (request.repose && JSON.stringify(request.repose.from) === JSON.stringify(poses)) {
    warnings.push('The old and the new poses are the same, so nothing was redrawn.');
  }
  const { nativeSize } = config;
  const [most, least] = [Math.max(width, height), Math.min(width, height)];
  if (
    most > farFromNative * Math.max(nativeSize.width, nativeSize.height) ||
    least * farFromNative < Math.min(nativeSize.width, nativeSize.height)
  ) {
    warnings.push(
      `${width} x ${height} is far from the ${nativeSize.width} x ${nativeSize.height} that the model was trained at; people may come out twice or not at all. A detail pass makes larger pictures.`,
    );
  }
  if (request.guidanceScale === 1 && request.negativePrompt !== '') {
    warnings.push('Guidance scale 1 is no guidance: the negative prompt was not read.');
  }
  if (request.eta !== undefined && request.scheduler !== 'ddim' && request.scheduler !== 'euler-ancestral') {
    warnings.push(`The scheduler ${request.scheduler} does not read eta.`);
  }
  if (request.previews.how === 'linear' && config.latents.toRgb === undefined) {
    warnings.push('This model has no map for linear previews; there were none.');
  }
  return warnings;
}

/** Whether no step i of n has from n <= i < to n. */
function actsNever(from: number, to: number, steps: number): boolean {
  return Math.ceil(from * steps) >= to * steps;
}

/** What poses carry besides bodies, in words. */
function handsAndFaces(poses: readonly Pose[]): string | undefined {
  const isThere = (points: Pose['face']) => points?.some(([, , confidence]) => confidence > 0) ?? false;
  const hands = poses.some((pose) => isThere(pose.hands?.left) || isThere(pose.hands?.right));
  const faces = poses.some((pose) => isThere(pose.face));
  if (hands) return faces ? 'hands and faces' : 'hands';
  return faces ? 'faces' : undefined;
}
