/** What the page has, at the origin that Figma gave it. */
export interface PageFacts {
  readonly userAgent: string;
  readonly origin: string;
  readonly isIsolated: boolean;
  readonly hasSharedMemory: boolean;
  readonly hasBlobWorkers: boolean;
  readonly hasJspi: boolean;
  /** By name: `yes`, or what it said. */
  readonly storage: Readonly<Record<string, string>>;
  /** Undefined where there is no `navigator.gpu`. */
  readonly webgpu?: {
    readonly adapter: string;
    readonly hasFloat16: boolean;
    readonly limits: Readonly<Record<string, number>>;
  };
}

const gpuLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const;

export async function readPageFacts(): Promise<PageFacts> {
  const webgpu = await webGpuFacts();
  return {
    userAgent: navigator.userAgent,
    origin: globalThis.origin,
    isIsolated: globalThis.crossOriginIsolated === true,
    hasSharedMemory: typeof SharedArrayBuffer === 'function',
    hasBlobWorkers: await hasBlobWorkers(),
    hasJspi: 'Suspending' in WebAssembly,
    storage: {
      localStorage: await tryStorage(() => localStorage.length),
      indexedDB: await tryStorage(
        () =>
          new Promise((resolve, reject) => {
            const asked = indexedDB.open('stable-pose-self-test');
            asked.onsuccess = () => {
              asked.result.close();
              resolve(true);
            };
            asked.onerror = () => reject(asked.error);
          }),
      ),
      caches: await tryStorage(() => caches.open('stable-pose-self-test')),
      opfs: await tryStorage(() => navigator.storage.getDirectory()),
    },
    ...(webgpu ? { webgpu } : {}),
  };
}

async function tryStorage(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'yes';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function hasBlobWorkers(): Promise<boolean> {
  return new Promise((resolve) => {
    const url = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }));
    const timer = setTimeout(() => end(false), 3000);
    let worker: Worker | undefined;
    const end = (has: boolean) => {
      clearTimeout(timer);
      worker?.terminate();
      URL.revokeObjectURL(url);
      resolve(has);
    };
    try {
      worker = new Worker(url);
      worker.onmessage = () => end(true);
      worker.onerror = () => end(false);
    } catch {
      end(false);
    }
  });
}

interface Adapter {
  readonly info?: { readonly vendor?: string; readonly architecture?: string; readonly description?: string };
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
}

async function webGpuFacts(): Promise<PageFacts['webgpu']> {
  const { gpu } = navigator as { readonly gpu?: { requestAdapter(): Promise<Adapter | null> } };
  if (!gpu) return undefined;
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) return { adapter: 'none', hasFloat16: false, limits: {} };
  const { vendor = '', architecture = '', description = '' } = adapter.info ?? {};
  return {
    adapter: [vendor, architecture, description].filter((one) => one !== '').join(' ') || 'unnamed',
    hasFloat16: adapter.features.has('shader-f16'),
    limits: Object.fromEntries(gpuLimits.map((name) => [name, adapter.limits[name] ?? 0])),
  };
}
