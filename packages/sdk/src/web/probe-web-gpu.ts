import { isSoftwareAdapter, webGpuOfThread } from '@stable-pose/core/onnx-web';

/** What this thread has of WebGPU. `software` is a program that imitates a graphics card, slower than WASM. */
export async function probeWebGpu(): Promise<'hardware' | 'software' | 'none'> {
  try {
    const adapter = await webGpuOfThread()?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return 'none';
    return isSoftwareAdapter(adapter) ? 'software' : 'hardware';
  } catch {
    return 'none';
  }
}
