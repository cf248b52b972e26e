import { zipSync } from 'fflate';
import { joinedBytes } from '../joined-bytes.ts';

/** A float32 array, row-major, to be written. */
export interface WrittenArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One dictionary of the file. */
export type WrittenRecord = Readonly<Record<string, WrittenArray | number>>;

/**
 * An `.npz` whose `arr_0` is a one-dimensional object array of dictionaries: what `numpy.savez(file, list_of_dicts)` writes,
 * and what data loaders of HumanSD and Stable-Pose read. Pickle protocol 2, NumPy's old module names: read by any NumPy.
 */
export function writeRecordsNpz(records: readonly WrittenRecord[]): Uint8Array {
  const header = `{'descr': '|O', 'fortran_order': False, 'shape': (${records.length},), }`;
  // The data begins at a multiple of 64 bytes; the header ends with a line feed.
  const padded = `${header.padEnd(Math.ceil((10 + header.length + 1) / 64) * 64 - 11)}\n`;
  const npy = new ByteWriter();
  npy.bytes(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8);
  npy.text(padded);
  npy.bytes(0x80, 2); // PROTO 2
  writeArray(npy, [records.length], 'O8', () => {
    npy.bytes(0x5d, 0x28); // EMPTY_LIST, MARK
    for (const record of records) writeRecord(npy, record);
    npy.bytes(0x65); // APPENDS
  });
  npy.bytes(0x2e); // STOP
  return zipSync({ 'arr_0.npy': npy.finish() }, { level: 6 });
}

function writeRecord(to: ByteWriter, record: WrittenRecord): void {
  to.bytes(0x7d, 0x28); // EMPTY_DICT, MARK
  for (const [key, value] of Object.entries(record)) {
    to.string(key);
    if (typeof value === 'number') to.double(value);
    else {
      writeArray(to, value.shape, 'f4', () => {
        const bytes = new Uint8Array(value.data.length * 4);
        const view = new DataView(bytes.buffer);
        value.data.forEach((number, i) => {
          view.setFloat32(i * 4, number, true);
        });
        to.encodedBytes(bytes);
      });
    }
  }
  to.bytes(0x75); // SETITEMS
}

/** `_reconstruct(ndarray, (0,), b'b')`, then its state: (1, shape, dtype, False, data). */
function writeArray(to: ByteWriter, shape: readonly number[], dtype: string, data: () => void): void {
  to.global('numpy.core.multiarray', '_reconstruct');
  to.global('numpy', 'ndarray');
  to.int(0);
  to.bytes(0x85); // TUPLE1
  to.encodedBytes(Uint8Array.of(0x62));
  to.bytes(0x87, 0x52); // TUPLE3, REDUCE
  to.bytes(0x28); // MARK
  to.int(1);
  to.bytes(0x28);
  for (const side of shape) to.int(side);
  to.bytes(0x74); // TUPLE
  to.global('numpy', 'dtype');
  to.string(dtype);
  to.bytes(0x89, 0x88, 0x87, 0x52); // False, True, TUPLE3, REDUCE
  to.bytes(0x28);
  to.int(3);
  to.string(dtype === 'O8' ? '|' : '<');
  to.bytes(0x4e, 0x4e, 0x4e); // None, three times
  to.int(-1);
  to.int(-1);
  to.int(dtype === 'O8' ? 63 : 0);
  to.bytes(0x74, 0x62); // TUPLE, BUILD
  to.bytes(0x89); // False: row-major
  data();
  to.bytes(0x74, 0x62); // TUPLE, BUILD
}

class ByteWriter {
  private readonly pieces: Uint8Array[] = [];

  bytes(...values: number[]): void {
    this.pieces.push(Uint8Array.from(values));
  }

  text(text: string): void {
    this.pieces.push(new TextEncoder().encode(text));
  }

  global(module: string, name: string): void {
    this.text(`c${module}\n${name}\n`);
  }

  int(value: number): void {
    const bytes = new Uint8Array(5);
    bytes[0] = 0x4a; // BININT
    new DataView(bytes.buffer).setInt32(1, value, true);
    this.pieces.push(bytes);
  }

  double(value: number): void {
    const bytes = new Uint8Array(9);
    bytes[0] = 0x47; // BINFLOAT, big-endian
    new DataView(bytes.buffer).setFloat64(1, value, false);
    this.pieces.push(bytes);
  }

  string(text: string): void {
    const encoded = new TextEncoder().encode(text);
    const head = new Uint8Array(5);
    head[0] = 0x58; // BINUNICODE
    new DataView(head.buffer).setUint32(1, encoded.length, true);
    this.pieces.push(head, encoded);
  }

  /** Bytes as protocol 2 has them: `_codecs.encode(text, 'latin1')`. */
  encodedBytes(bytes: Uint8Array): void {
    this.global('_codecs', 'encode');
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    this.string(text);
    this.string('latin1');
    this.bytes(0x86, 0x52); // TUPLE2, REDUCE
  }

  finish(): Uint8Array {
    return joinedBytes(this.pieces);
  }
}
