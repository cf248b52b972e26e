import { inflateSync } from 'node:zlib';
import { pngSize, StablePoseError } from '@stable-pose/core';

const signatureLength = 8;
/** A text larger than this is no caption; unpacking one could fill memory. */
const longestText = 64 * 1024 * 1024;

/**
 * The texts of a PNG by keyword, from its tEXt (Latin-1), zTXt and iTXt (UTF-8) chunks. Of two with one keyword the last
 * counts. Damaged text chunks are passed over.
 * @throws invalid-image when the bytes are no PNG
 */
export function readPngTexts(png: Uint8Array): Map<string, string> {
  pngSize(png);
  const texts = new Map<string, string>();
  for (const { type, data } of chunks(png)) {
    if (type !== 'tEXt' && type !== 'zTXt' && type !== 'iTXt') continue;
    const keyEnd = data.indexOf(0);
    if (keyEnd < 1) continue;
    try {
      texts.set(latin1(data.subarray(0, keyEnd)), textOf(type, data.subarray(keyEnd + 1)));
    } catch {
      // A broken comment does not make the picture unreadable.
    }
  }
  return texts;
}

/**
 * A copy of a PNG with texts added before its pixels: tEXt where Latin-1 suffices, as older readers expect, else iTXt.
 * @param texts by keyword (1 to 79 Latin-1 characters)
 */
export function addPngTexts(png: Uint8Array, texts: ReadonlyMap<string, string>): Uint8Array {
  pngSize(png);
  const headerEnd = signatureLength + 12 + 13;
  const pieces = [png.subarray(0, headerEnd)];
  for (const [keyword, text] of texts) {
    const plain = isLatin1(text);
    const key = Buffer.from(`${keyword}\0`, 'latin1');
    // iTXt: compression flag, method, language and translated keyword (empty), then the text.
    const body = plain ? Buffer.from(text, 'latin1') : Buffer.from(`\0\0\0\0${text}`, 'utf8');
    pieces.push(chunk(plain ? 'tEXt' : 'iTXt', Buffer.concat([key, body])));
  }
  pieces.push(png.subarray(headerEnd));
  return Buffer.concat(pieces);
}

function* chunks(png: Uint8Array): Generator<{ readonly type: string; readonly data: Uint8Array }> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let at = signatureLength;
  while (at + 12 <= png.length) {
    const length = view.getUint32(at);
    if (at + 12 + length > png.length) return;
    yield { type: latin1(png.subarray(at + 4, at + 8)), data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

function textOf(type: 'tEXt' | 'zTXt' | 'iTXt', rest: Uint8Array): string {
  if (type === 'tEXt') return latin1(rest);
  if (type === 'zTXt') return latin1(inflate(rest.subarray(1)));
  const compressed = rest[0] === 1;
  const languageEnd = rest.indexOf(0, 2);
  const keywordEnd = rest.indexOf(0, languageEnd + 1);
  if (languageEnd < 0 || keywordEnd < 0) {
    throw new StablePoseError('invalid-image', 'A text of the PNG is cut short.');
  }
  const text = rest.subarray(keywordEnd + 1);
  return Buffer.from(compressed ? inflate(text) : text).toString('utf8');
}

const inflate = (bytes: Uint8Array): Uint8Array => inflateSync(bytes, { maxOutputLength: longestText });
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const isLatin1 = (text: string): boolean => [...text].every((character) => character.codePointAt(0)! < 256);

function chunk(type: string, data: Uint8Array): Buffer {
  const result = Buffer.alloc(12 + data.length);
  result.writeUInt32BE(data.length, 0);
  result.write(type, 4, 'latin1');
  result.set(data, 8);
  result.writeUInt32BE(crc32(result.subarray(4, 8 + data.length)), 8 + data.length);
  return result;
}

let table: Uint32Array | undefined;

/** PNG's cyclic redundancy check (ISO 3309, polynomial 0xedb88320). */
function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
