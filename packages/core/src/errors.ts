/**
 * The closed set of things that can go wrong. An error is recognised by its code, never by its class, because errors
 * cross workers, processes, iframes and sockets.
 */
export const errorCodes = [
  /** A value from outside does not have the stated form, size or range. */
  'invalid-input',
  /** A generation request does not fit its schema, or asks for what the loaded model cannot do. */
  'invalid-request',
  /** A pose file is in no known format, or its numbers cannot be poses. */
  'invalid-pose',
  /** A picture or mask file cannot be decoded, or has a size that is not accepted. */
  'invalid-image',
  /** A checkpoint file is truncated, lies about its lengths, or is hostile. */
  'checkpoint-corrupt',
  /** A file holds something that is deliberately not read (an object outside the allow-list, a compressed pickle ...). */
  'checkpoint-unsupported',
  /** A checkpoint is sound but of another architecture (SD 2, SDXL, ...) than those that are supported. */
  'architecture-unsupported',
  /** Tensors are missing, unexpected or of another shape than the architecture says. */
  'tensor-mismatch',
  /** A model folder, part or file is not there. */
  'model-not-found',
  /** A model's files are there but damaged or half-written (hash, size or manifest do not agree). */
  'model-corrupt',
  /** A file that was named is not there or cannot be read. */
  'file-not-found',
  /** Writing failed: no permission, or no space left. */
  'write-failed',
  /** The disk has no room for what is to be written. */
  'disk-full',
  /** No device of the asked kind, or it failed to start. */
  'device-unavailable',
  /** A device computes wrongly (its self-test failed) and is refused. */
  'device-wrong',
  /** The device went away during a run. */
  'device-lost',
  /** Memory would not suffice, or ran out. */
  'out-of-memory',
  /** onnxruntime is not installed. */
  'runtime-missing',
  /** The runtime refused a graph or failed inside one. */
  'runtime-failed',
  /** The caller asked to stop. */
  'cancelled',
  /** Something took longer than its limit. */
  'timeout',
  /** A host or an engine cannot do this at all; its description says so. */
  'not-supported',
  /** Something is above a limit that a host or an engine states. */
  'limit-exceeded',
  /** The document, the layer or the object that was worked on is no longer there. */
  'host-target-gone',
  /** The host takes no changes just now: a dialogue is open, or another plug-in is at work. */
  'host-busy',
  /** The host refused or failed in a way of its own. */
  'host-failed',
  /** There is nowhere to keep things: the host or the page denies storage. */
  'storage-unavailable',
  /** The room that the host or the page gives for storage is used up. */
  'storage-full',
  /** A download broke off or was refused; what arrived is kept, and trying again goes on from there. */
  'download-failed',
  /** The engine was disposed, and then used. */
  'engine-closed',
  /** Nothing answers at a server's address, or what stands between does not let it through. */
  'server-unreachable',
  /** A server wants a token, and got none or another one. */
  'unauthorized',
  /** A server answers only under names, and to pages, that its owner allowed. */
  'forbidden',
  /** A server has as much waiting as it takes, or is stopping; `details.retryAfterSeconds` says when to come again. */
  'server-busy',
  /** Client and server speak no common version of the protocol. */
  'protocol-mismatch',
  /** A server knows no job of that name: never, or no longer. */
  'job-not-found',
  /** The same idempotency key came with another request. */
  'idempotency-conflict',
  /** A broken assumption of our own. */
  'internal',
] as const;

/** What an error is recognised by, wherever it was thrown. */
export type ErrorCode = (typeof errorCodes)[number];

/** What an error says besides its sentence. */
export interface StablePoseErrorOptions {
  /** What the reader of the message can do about it: one sentence. Appended to the message. */
  readonly remedy?: string;
  /** Machine-readable facts: expected and actual values, names, sizes. JSON values only. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class. `message` says what was expected, what came and (the remedy) what to do. */
export class StablePoseError extends Error {
  override readonly name = 'StablePoseError';
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: StablePoseErrorOptions = {}) {
    super(options.remedy ? `${message} ${options.remedy}` : message, { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.details = options.details ?? {};
  }

  /** A plain object that survives structured clone and JSON; {@link StablePoseError.from} brings it back. */
  toJSON(): {
    name: string;
    code: ErrorCode;
    message: string;
    remedy?: string;
    details: Record<string, unknown>;
  } {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.remedy ? { remedy: this.remedy } : {}),
      details: { ...this.details },
    };
  }

  /** Whether a value is one of ours, also after it crossed a boundary. */
  static is(value: unknown): value is StablePoseError {
    return (
      typeof value === 'object' &&
      value !== null &&
      (value as { name?: unknown }).name === 'StablePoseError' &&
      errorCodes.includes((value as { code?: ErrorCode }).code as ErrorCode)
    );
  }

  /** Restores an error that crossed a boundary; anything else becomes `fallback` with the original as cause. */
  static from(value: unknown, fallback: ErrorCode = 'internal'): StablePoseError {
    if (value instanceof StablePoseError) return value;
    if (StablePoseError.is(value)) {
      const error = new StablePoseError(value.code, '', { details: value.details, cause: value });
      error.message = value.message;
      Object.defineProperty(error, 'remedy', { value: value.remedy });
      return error;
    }
    const message = value instanceof Error ? value.message : String(value);
    return new StablePoseError(fallback, message, { cause: value });
  }
}

/** Throws `cancelled` when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new StablePoseError('cancelled', 'The work was cancelled.', { cause: signal.reason });
  }
}
