import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clipTokenizerFiles } from '../../models/src/tokenizer-files.ts';
import { referencePath } from './architectures/reference.ts';

/** A folder that holds the small model, its config and a tokenizer, and is removed by `remove`. */
export function makeTinyFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'stable-pose-tiny-'));
  cpSync(referencePath('model/tiny.safetensors'), join(folder, 'tiny.safetensors'));
  cpSync(referencePath('model/config.json'), join(folder, 'config.json'));
  const vocab: Record<string, number> = { '<|startoftext|>': 998, '<|endoftext|>': 999 };
  for (let id = 0; id < 256; id += 1) vocab[String.fromCharCode(id + 0x100)] = id;
  const { tokenizer } = clipTokenizerFiles({ vocab, merges: [] });
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
