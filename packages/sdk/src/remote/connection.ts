import { StablePoseError } from '@stable-pose/core';
import type { z } from 'zod';
import { linkedAbort } from '../linked-abort.ts';
import { explainFault, timedOut, unreachable, watchPolicy } from './explain-fault.ts';
import { apiPath, clientHeader, failureSchema, protocolHeader, protocolVersions } from './protocol.ts';

export interface ConnectionOptions {
  /** Of the server: `http://127.0.0.1:17325`. */
  readonly url: string;
  readonly token: string;
  /** This client's own name: 1 to 64 letters, digits and `_.:-`. A random one unless told. */
  readonly client?: string;
  /** How long to wait for the head of an answer, ms. 30 s unless told; what takes the server long has its own. */
  readonly answerMs?: number;
  /** The platform's own unless told. */
  readonly fetch?: typeof fetch;
  /** Versions of the protocol, for tests. */
  readonly protocols?: readonly number[];
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For the answer's head; its body may take longer. 0 is no limit. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;

/** Calls a server; what goes wrong is an error of ours that names the cause. */
export class Connection {
  readonly address: string;
  private readonly options: ConnectionOptions;
  private readonly client: string;
  private readonly fetch: typeof fetch;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.address = originOf(options.url);
    this.client = options.client ?? randomName();
    this.fetch = options.fetch ?? ((...given) => globalThis.fetch(...given));
    watchPolicy();
  }

  /** An answer of a schema. @throws what {@link Connection.call} throws */
  async json<S extends z.ZodType>(path: string, schema: S, options: CallOptions = {}): Promise<z.output<S>> {
    const response = await this.call(path, options);
    let value: unknown;
    try {
      value = await response.json();
    } catch (cause) {
      if (cause instanceof SyntaxError) throw unreachable('not-a-server', this.address, cause);
      throw await this.failure(cause, options.signal);
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw unreachable('not-a-server', this.address, result.error);
  }

  /** A body of bytes. */
  async bytes(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    const response = await this.call(path, options);
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      throw await this.failure(cause, options.signal);
    }
  }

  /**
   * The signal counts until the answer's head is there; who reads a long body looks at it himself.
   * @param path after the API's, or a whole one that an answer gave
   * @returns an answer that is a success
   * @throws server-unreachable, timeout, unauthorized, forbidden, protocol-mismatch, server-busy, cancelled, and what the
   * server says
   */
  async call(path: string, options: CallOptions = {}): Promise<Response> {
    const {
      method = options.json === undefined ? 'GET' : 'POST',
      json,
      signal,
      timeoutMs = this.options.answerMs ?? defaultTimeoutMs,
    } = options;
    const linked = linkedAbort(signal);
    let isLate = false;
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            isLate = true;
            linked.abort();
          }, timeoutMs)
        : undefined;
    let response: Response;
    try {
      response = await this.fetch(`${this.address}${path.startsWith(apiPath) ? '' : apiPath}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${this.options.token}`,
          [protocolHeader]: (this.options.protocols ?? protocolVersions).join(', '),
          [clientHeader]: this.client,
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...options.headers,
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        signal: linked.signal,
        // A server of ours never sends elsewhere, and a token is not to travel.
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store',
      });
    } catch (cause) {
      if (isLate) throw timedOut(this.address, timeoutMs, cause);
      throw await this.failure(cause, signal);
    } finally {
      clearTimeout(timer);
      linked.unlink();
    }
    if (response.ok) return response;
    throw await this.refusal(response, signal);
  }

  /** Why a call or the reading of its answer failed. */
  async failure(cause: unknown, signal?: AbortSignal): Promise<StablePoseError> {
    if (signal?.aborted) return new StablePoseError('cancelled', 'The call was cancelled.', { cause });
    if (StablePoseError.is(cause)) return StablePoseError.from(cause);
    return explainFault(cause, this.address, { fetch: this.fetch });
  }

  private async refusal(response: Response, signal: AbortSignal | undefined): Promise<StablePoseError> {
    let body: unknown;
    try {
      body = await response.json();
    } catch (cause) {
      // Broken off in the middle; what is no JSON is somebody else's words.
      if (!(cause instanceof SyntaxError)) return this.failure(cause, signal);
    }
    const result = failureSchema.safeParse(body);
    if (result.success) return StablePoseError.from(result.data.error);
    // Between us and the server stands something that says no in its own words.
    if (response.status === 401) {
      return new StablePoseError(
        'unauthorized',
        `Something before the server at ${this.address} wants a password.`,
      );
    }
    return unreachable('not-a-server', this.address, new Error(`HTTP ${response.status}`));
  }
}

/** @throws invalid-input */
function originOf(url: string): string {
  const text = /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`;
  try {
    const { protocol, origin } = new URL(text);
    if (protocol === 'http:' || protocol === 'https:') return origin;
  } catch {
    // Said below.
  }
  throw new StablePoseError(
    'invalid-input',
    `${JSON.stringify(url.slice(0, 100))} is no address of a server.`,
    {
      remedy: 'Write it as http://127.0.0.1:17325.',
    },
  );
}

/** 128 random bits as text; `randomUUID` is there for secure pages only. */
export function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
