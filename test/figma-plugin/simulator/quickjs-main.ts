import variant from '@jitl/quickjs-singlefile-browser-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
} from 'quickjs-emscripten-core';
import { sandboxScript } from './sandbox-script.ts';

export interface QuickJsMainOptions {
  /** The main half, as built. */
  readonly code: string;
  /** `figma`: every property is asked of it. */
  readonly figma: object;
  /** Globals that the manifest brings: `__html__` and `__uiFiles__`. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Whether there is `setTimeout`: Figma's documentation says both. */
  readonly hasTimers?: boolean;
  readonly log: (text: string) => void;
  /** Figma's own fetch. @throws where the manifest allows it not */
  readonly fetch: (url: string, init: unknown) => Promise<FetchedForVm>;
}

export interface FetchedForVm {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface QuickJsMain {
  /** The longest stretch without a pause that the main half ran for, the document's own work apart. */
  readonly longestMs: number;
  /** All stretches together. */
  readonly sumMs: number;
  forgetTimes(): void;
  /** Errors that nobody caught. */
  readonly failures: readonly string[];
  /** Nothing of it runs any more. */
  close(): void;
}

type Coded = Readonly<Record<string, unknown>>;

/** The main half in a VM of its own, as Figma runs it: no DOM, nothing of this page's but what is given. */
export async function startInQuickJs(options: QuickJsMainOptions): Promise<QuickJsMain> {
  const module = await newQuickJSWASMModuleFromVariant(variant);
  return new VmMain(module.newContext(), options);
}

class VmMain implements QuickJsMain {
  longestMs = 0;
  sumMs = 0;
  readonly failures: string[] = [];
  private readonly vm: QuickJSContext;
  private readonly options: QuickJsMainOptions;
  private readonly refs = new Map<number, object>();
  private readonly references = new WeakMap<object, Coded>();
  private readonly callbacks = new Map<number, (...given: unknown[]) => void>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private invoke: QuickJSHandle | undefined;
  private settle: QuickJSHandle | undefined;
  private lastRef = 0;
  private lastPromise = 0;
  private depth = 0;
  private hostMs = 0;
  private isOver = false;

  constructor(vm: QuickJSContext, options: QuickJsMainOptions) {
    this.vm = vm;
    this.options = options;
    this.refer(options.figma);
    const host = vm.newFunction('host', (json, ...buffers) => {
      const bytes = buffers.map((one) => this.bytesOf(one));
      const begin = performance.now();
      const answer = this.answer(JSON.parse(vm.getString(json)), bytes);
      this.hostMs += performance.now() - begin;
      return this.handleOf(answer);
    });
    const script = vm.unwrapResult(vm.evalCode(sandboxScript));
    const ends = vm.unwrapResult(vm.callFunction(script, vm.undefined, host));
    this.invoke = vm.getProp(ends, 'invoke');
    this.settle = vm.getProp(ends, 'settle');
    for (const one of [host, script, ends]) one.dispose();
    for (const [name, value] of Object.entries(options.globals)) {
      const text = vm.newString(JSON.stringify(value));
      const parse = vm.unwrapResult(vm.evalCode('JSON.parse'));
      const made = vm.unwrapResult(vm.callFunction(parse, vm.undefined, text));
      vm.setProp(vm.global, name, made);
      for (const one of [text, parse, made]) one.dispose();
    }
    if (options.hasTimers === false) {
      const names = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'];
      vm.unwrapResult(vm.evalCode(names.map((name) => `delete globalThis.${name};`).join(''))).dispose();
    }
    this.enter(() => vm.evalCode(options.code, 'code.js'));
  }

  forgetTimes(): void {
    this.longestMs = 0;
    this.sumMs = 0;
  }

  close(): void {
    this.isOver = true;
    for (const timer of this.timers) clearTimeout(timer);
    // The VM's memory goes with its module: a disposal with promises under way would be refused.
  }

  private answer(
    { op, id, key, args }: { op: string; id: number; key: string; args: Coded[] },
    bytes: Uint8Array[],
  ) {
    const out: Uint8Array[] = [];
    try {
      const given = args.map((one) => this.decode(one, bytes));
      if (op === 'top') return { json: this.encode(this.top(key, given), out), out };
      const target = this.refs.get(id) as Record<string, unknown>;
      if (op === 'has') return { json: { v: key in target }, out };
      if (op === 'set') {
        target[key] = given[0];
        return { json: { u: 1 }, out };
      }
      const value = target[key];
      if (op === 'get')
        return { json: typeof value === 'function' ? { m: 1 } : this.encode(value, out), out };
      if (typeof value !== 'function') throw new TypeError('not a function');
      return { json: this.encode(value.apply(target, given), out), out };
    } catch (error) {
      const { name, message } = error as Error;
      return { json: { e: { name, message } }, out: [] };
    }
  }

  private top(name: string, given: unknown[]): unknown {
    const { log, fetch } = this.options;
    if (name === 'log')
      return log(given.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' '));
    if (name === 'fetch') return fetch(String(given[0]), given[1]);
    const [work, ms] = given as [() => void, number];
    if (name === 'clearTimeout') {
      clearTimeout(given[0] as number);
      return undefined;
    }
    const timer = name === 'setTimeout' ? setTimeout(work, ms) : setInterval(work, ms);
    this.timers.add(timer);
    return Number(timer);
  }

  /** By a number, with the type where it is a node: that stays as it is. */
  private refer(object: object): Coded {
    const known = this.references.get(object);
    if (known) return known;
    const r = ++this.lastRef;
    this.refs.set(r, object);
    const { type } = (object !== this.options.figma && 'type' in object ? object : {}) as { type?: unknown };
    const made: Coded = typeof type === 'string' ? { r, t: type } : { r };
    this.references.set(object, made);
    return made;
  }

  private encode(value: unknown, out: Uint8Array[]): Coded {
    if (value === undefined) return { u: 1 };
    if (typeof value === 'number' && !Number.isFinite(value)) return { n: String(value) };
    if (value === null || ['boolean', 'string', 'number'].includes(typeof value)) return { v: value };
    if (typeof value !== 'object') throw new Error(`not simulated: ${typeof value} for the main half`);
    if (this.references.has(value)) return this.refer(value);
    if (value instanceof Uint8Array) return { b: out.push(value) - 1 };
    if (value instanceof Date) return { d: value.getTime() };
    if (Array.isArray(value)) return { a: value.map((one) => this.encode(one, out)) };
    if (value instanceof Promise) {
      const id = ++this.lastPromise;
      value.then(
        (result) => this.settlePromise(id, true, result),
        (error) => this.settlePromise(id, false, error),
      );
      return { p: id };
    }
    const proto = Object.getPrototypeOf(value);
    const isPlain = proto === Object.prototype || proto === null;
    if (!isPlain || Object.values(value).some((one) => typeof one === 'function')) return this.refer(value);
    return { o: Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.encode(one, out)])) };
  }

  private decode(given: Coded, bytes: readonly Uint8Array[]): unknown {
    if ('v' in given) return given.v;
    if ('n' in given) return Number(given.n);
    if ('r' in given) return this.refs.get(given.r as number);
    if ('b' in given) return bytes[given.b as number];
    if ('d' in given) return new Date(given.d as number);
    if ('a' in given) return (given.a as Coded[]).map((one) => this.decode(one, bytes));
    if ('f' in given) return this.callback(given.f as number);
    if ('x' in given) throw new Error(`Cannot send ${given.x} out of the main half`);
    if (!('o' in given)) return undefined;
    const entries = Object.entries(given.o as Record<string, Coded>);
    return Object.fromEntries(entries.map(([key, one]) => [key, this.decode(one, bytes)]));
  }

  /** The same function each time, so that listeners can be taken off. */
  private callback(id: number): (...given: unknown[]) => void {
    const known = this.callbacks.get(id);
    if (known) return known;
    const made = (...given: unknown[]) => {
      const out: Uint8Array[] = [];
      const json = JSON.stringify(given.map((one) => this.encode(one, out)));
      this.call(this.invoke, [this.vm.newNumber(id), this.vm.newString(json)], out);
    };
    this.callbacks.set(id, made);
    return made;
  }

  private settlePromise(id: number, isGood: boolean, value: unknown): void {
    if (this.isOver) return;
    const out: Uint8Array[] = [];
    const { name, message } = isGood ? new Error() : (value as Error);
    const json = JSON.stringify(isGood ? this.encode(value, out) : { name, message });
    const { vm } = this;
    this.call(this.settle, [vm.newNumber(id), isGood ? vm.true : vm.false, vm.newString(json)], out);
  }

  private call(
    end: QuickJSHandle | undefined,
    given: readonly QuickJSHandle[],
    out: readonly Uint8Array[],
  ): void {
    if (this.isOver || !end) return;
    const handles = [...given, ...out.map((one) => this.vm.newArrayBuffer(bufferOf(one)))];
    this.enter(() => this.vm.callFunction(end, this.vm.undefined, ...handles));
    for (const one of handles) one.dispose();
  }

  /** Runs in the VM, and what it promised after that. */
  private enter(work: () => ReturnType<QuickJSContext['evalCode']>): void {
    const { vm } = this;
    const begin = performance.now();
    if (this.depth === 0) this.hostMs = 0;
    this.depth++;
    const result = work();
    if (result.error) this.fail(result.error);
    else result.value.dispose();
    this.depth--;
    // Promises go on when the outermost call is over, as in any engine.
    if (this.depth > 0) return;
    while (vm.runtime.hasPendingJob()) {
      const jobs = vm.runtime.executePendingJobs();
      if (jobs.error) this.fail(jobs.error);
    }
    const ms = performance.now() - begin - this.hostMs;
    this.longestMs = Math.max(this.longestMs, ms);
    this.sumMs += ms;
  }

  private fail(error: QuickJSHandle): void {
    const { name, message, stack } = this.vm.dump(error) ?? {};
    error.dispose();
    const words = `${name}: ${message}`;
    this.failures.push(words);
    this.options.log(`${words}\n${stack ?? ''}`);
  }

  private bytesOf(handle: QuickJSHandle): Uint8Array {
    const lifetime = this.vm.getArrayBuffer(handle);
    const copy = lifetime.value.slice();
    lifetime.dispose();
    return copy;
  }

  private handleOf({ json, out }: { json: Coded; out: Uint8Array[] }): QuickJSHandle {
    const { vm } = this;
    const list = vm.newArray();
    const parts = [vm.newString(JSON.stringify(json)), ...out.map((one) => vm.newArrayBuffer(bufferOf(one)))];
    for (const [i, part] of parts.entries()) {
      vm.setProp(list, i, part);
      part.dispose();
    }
    return list;
  }
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}
