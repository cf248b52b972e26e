import { closeSync, openSync, readSync } from 'node:fs';
import type { Platform } from './platforms.ts';

/** For which computer a binary was made. */
export interface NativeFile {
  readonly os: Platform['os'];
  /** `other` is one that no bundle is made for. */
  readonly cpu: Platform['cpu'] | 'other';
}

/** Processor numbers of ELF, PE and Mach-O headers, from their specifications. */
const elf = { 62: 'x64', 183: 'arm64' } as const;
const pe = { 34404: 'x64', 43620: 'arm64' } as const;
const machO = { 16777223: 'x64', 16777228: 'arm64' } as const;

/** Reads from a file's first bytes whether it is a program or library, and of which computer; undefined for anything else. */
export function nativeFile(path: string): NativeFile | undefined {
  const head = Buffer.alloc(4096);
  const file = openSync(path, 'r');
  const length = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (length < 64) return undefined;
  if (head.readUInt32BE(0) === 0x7f454c46) return { os: 'linux', cpu: named(elf, head.readUInt16LE(18)) };
  if (head.readUInt32LE(0) === 0xfeedfacf) return { os: 'darwin', cpu: named(machO, head.readUInt32LE(4)) };
  if (head.readUInt16BE(0) === 0x4d5a) {
    const at = head.readUInt32LE(60);
    if (at + 6 > length || head.readUInt32BE(at) !== 0x50450000) return undefined;
    return { os: 'win32', cpu: named(pe, head.readUInt16LE(at + 4)) };
  }
  return undefined;
}

function named(names: Readonly<Record<number, Platform['cpu']>>, machine: number): NativeFile['cpu'] {
  return names[machine] ?? 'other';
}
