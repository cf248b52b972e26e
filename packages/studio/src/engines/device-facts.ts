/** What this browser has to make pictures with. */
export interface DeviceFacts {
  /**
   * `card`: a graphics card; `imitated`: a program that stands for one, slower than WASM; `none`: WebGPU without any; `absent`:
   * the browser has no WebGPU; `insecure`: this page may not have it.
   */
  readonly graphics: 'card' | 'imitated' | 'none' | 'absent' | 'insecure';
  /** As far as the browser tells. */
  readonly cardName: string;
  readonly cores: number;
  /** Without it WASM has one thread. */
  readonly isIsolated: boolean;
}

/** As far as `navigator.gpu` is known here; lib.dom has no types of it. */
interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<GpuAdapter | null>;
}
interface GpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

export async function readDeviceFacts(): Promise<DeviceFacts> {
  const common = {
    cardName: '',
    cores: navigator.hardwareConcurrency || 1,
    isIsolated: globalThis.crossOriginIsolated === true,
  };
  const { gpu } = navigator as { readonly gpu?: Gpu };
  if (!gpu) return { ...common, graphics: globalThis.isSecureContext ? 'absent' : 'insecure' };
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return { ...common, graphics: 'none' };
  const { info } = adapter;
  const words = [info?.vendor, info?.architecture, info?.description].filter((word) => word);
  const isImitated = adapter.isFallbackAdapter === true || info?.isFallbackAdapter === true;
  return {
    ...common,
    graphics: isImitated ? 'imitated' : 'card',
    cardName: [...new Set(words)].join(' '),
  };
}
