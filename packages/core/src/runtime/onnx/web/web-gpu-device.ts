/** What is used of a `GPUAdapter`; stated here since WebGPU's types are neither in Node's nor in every browser library. */
export interface WebGpuAdapter {
  readonly features: Iterable<string>;
  /** Names and numbers, among other things. */
  readonly limits: object;
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
  /** Where browsers said so before `info` did. */
  readonly isFallbackAdapter?: boolean;
  requestDevice(description: object): Promise<WebGpuDevice>;
}

export interface WebGpuDevice {
  readonly limits?: object;
  /** Settles when the device is gone, destroyed by us among other reasons. */
  readonly lost?: Promise<{ readonly reason?: string; readonly message?: string }>;
  destroy(): void;
}

/** What is used of `navigator.gpu`. */
export interface WebGpu {
  requestAdapter(options?: object): Promise<WebGpuAdapter | null>;
}

/** This thread's WebGPU, where it has one: secure contexts only, and not in every worker. */
export function webGpuOfThread(): WebGpu | undefined {
  return (globalThis.navigator as { gpu?: WebGpu } | undefined)?.gpu;
}

/** A program that imitates a graphics card: slower than WASM. */
export function isSoftwareAdapter({ info, isFallbackAdapter }: WebGpuAdapter): boolean {
  return isFallbackAdapter === true || info?.isFallbackAdapter === true;
}

/** For people: "apple metal-3". Browsers tell little. */
export function adapterName({ info }: WebGpuAdapter): string {
  const parts = [info?.vendor, info?.architecture, info?.description].filter((part) => part);
  return [...new Set(parts)].join(' ') || 'a graphics card';
}

/**
 * A device with the adapter's own limits for buffers, and with `shader-f16` where there is one. Without `subgroups`:
 * onnxruntime 1.30's attention gives wrong results with them on Vulkan. Whoever makes it destroys it.
 */
export function createWebGpuDevice(adapter: WebGpuAdapter): Promise<WebGpuDevice> {
  const requiredLimits: Record<string, number> = {};
  const limits = adapter.limits as Readonly<Record<string, number>>;
  for (const name in limits) {
    if (/^max(Buffer|Storage|Compute)/.test(name)) requiredLimits[name] = limits[name];
  }
  const requiredFeatures = [...adapter.features].filter((feature) => feature === 'shader-f16');
  return adapter.requestDevice({ requiredFeatures, requiredLimits });
}
