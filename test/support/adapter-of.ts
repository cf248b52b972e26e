import { readFile } from 'node:fs/promises';

/** The adapter's tensors alone out of a safetensors file that holds a model too, as a file of its own. */
export async function adapterOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<string, Entry>;
  const body = bytes.subarray(8 + headerBytes);
  const kept: Record<string, Entry> = {};
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (/^(model\.diffusion_model|first_stage_model|cond_stage_model)\./.test(name) || !entry.data_offsets)
      continue;
    const [from, to] = entry.data_offsets;
    kept[name] = { ...entry, data_offsets: [at, at + to - from] };
    parts.push(body.subarray(from, to));
    at += to - from;
  }
  const written = Buffer.from(JSON.stringify(kept));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(written.length));
  return Buffer.concat([length, written, ...parts]);
}

interface Entry {
  readonly data_offsets?: readonly [from: number, to: number];
}
