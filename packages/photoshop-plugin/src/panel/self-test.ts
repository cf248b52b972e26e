import { hasJspi } from '@stable-pose/core/onnx-web';
import { serverPorts } from '@stable-pose/sdk/remote';
import { isWebKit, probeWebGpu } from '@stable-pose/sdk/web';
import type { CommandOptions, PanelHost } from '../bridge/panel-commands.ts';

/** What a webview of Photoshop answered. Plain JSON. */
export interface PageReport {
  readonly userAgent: string;
  readonly origin: string;
  readonly isSecure: boolean;
  readonly isWebKit: boolean;
  readonly webGpu: string;
  /** Of the graphics card; empty without one. */
  readonly limits: Readonly<Record<string, number>>;
  readonly hasJspi: boolean;
  readonly cores: number;
  readonly hasWorkers: string;
  readonly stores: Readonly<Record<string, string>>;
  /** By address: what came of asking. */
  readonly loopback: Readonly<Record<string, string>>;
  /** One way and back of four megabytes over the bridge, milliseconds. */
  readonly bridgeMs: number;
}

/** Tests the page it runs in and Photoshop behind it, and saves what came of it where people say. */
export async function selfTest(host: PanelHost, { onProgress }: CommandOptions): Promise<void> {
  onProgress?.(0, 'Testing the panel');
  const page = await pageReport(host);
  onProgress?.(0.2, 'Testing Photoshop');
  const photoshop = await host.testHost();
  onProgress?.(0.95, 'Saving the report');
  const report = { format: 'stable-pose-photoshop-report', version: 1, page, photoshop };
  const bytes = new TextEncoder().encode(`${JSON.stringify(report, null, 1)}\n`);
  await host.saveFile({ name: 'stable-pose-photoshop-report.json', bytes });
}

async function pageReport(host: PanelHost): Promise<PageReport> {
  return {
    userAgent: navigator.userAgent,
    origin: location.origin,
    isSecure: isSecureContext,
    isWebKit: isWebKit(),
    webGpu: await probeWebGpu(),
    limits: await gpuLimits(),
    hasJspi: hasJspi(),
    cores: navigator.hardwareConcurrency,
    hasWorkers: await tried(startWorker),
    stores: {
      indexedDb: await tried(openDatabase),
      opfs: await tried(() => navigator.storage.getDirectory()),
      caches: await tried(() => caches.open('stable-pose-test')),
      localStorage: await tried(async () => localStorage.length),
    },
    loopback: await askLoopback(),
    bridgeMs: await timeBridge(host),
  };
}

/** `yes`, or the words of what it threw. */
async function tried(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'yes';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

async function gpuLimits(): Promise<Readonly<Record<string, number>>> {
  const { gpu } = navigator as { readonly gpu?: { requestAdapter(): Promise<{ limits: unknown } | null> } };
  const limits = (await gpu?.requestAdapter().catch(() => null))?.limits as
    | Record<string, number>
    | undefined;
  if (!limits) return {};
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = limits;
  return { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize };
}

async function startWorker(): Promise<void> {
  const url = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }));
  const worker = new Worker(url);
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = () => reject(new Error('The worker did not start.'));
      setTimeout(() => reject(new Error('The worker did not answer within five seconds.')), 5000);
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

function openDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('stable-pose-test');
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
    request.onerror = () => reject(request.error);
  });
}

async function askLoopback(): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {};
  for (const name of ['127.0.0.1', 'localhost']) {
    const address = `http://${name}:${serverPorts[0]}`;
    answers[address] = await tried(() =>
      fetch(`${address}/`, { mode: 'no-cors', signal: AbortSignal.timeout(3000) }),
    );
  }
  return answers;
}

async function timeBridge({ storage: { blobs } }: PanelHost): Promise<number> {
  const name = 'self-test';
  const begin = performance.now();
  await blobs.write(name, new Uint8Array(4 * 2 ** 20));
  await blobs.read(name);
  const end = performance.now();
  await blobs.delete(name);
  return Math.round(end - begin);
}
