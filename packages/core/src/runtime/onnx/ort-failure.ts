import { type ErrorCode, StablePoseError } from '../../errors.ts';

/**
 * Turns what onnxruntime threw into an error with a code. Its messages carry source paths and stack lines; the first line
 * is kept for people, the whole goes to `cause`.
 */
export function ortFailure(error: unknown, doing: string): StablePoseError {
  if (StablePoseError.is(error)) return StablePoseError.from(error);
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(message);
  // Where in onnxruntime's sources, and which condition was false, says nothing to whoever runs it.
  const first = message
    .split('\n')[0]!
    .replace(/^(?:Error: )?\/?onnxruntime_src\/.*? was false\. /, '')
    .slice(0, 400);
  const remedy =
    code === 'out-of-memory'
      ? 'Use a smaller picture or a smaller model, or close other programs.'
      : code === 'device-lost'
        ? 'Try again, or choose the device cpu.'
        : undefined;
  return new StablePoseError(code, `${doing} failed: ${first.replace(/\.?$/, '.')}`, {
    remedy,
    cause: error,
  });
}

function codeOf(message: string): ErrorCode {
  if (/bad_alloc|failed to allocate|out of memory|OOM\b|array buffer allocation failed/i.test(message)) {
    return 'out-of-memory';
  }
  if (/device (was |is )?lost|DXGI_ERROR_DEVICE|device.?removed/i.test(message)) return 'device-lost';
  return 'runtime-failed';
}
