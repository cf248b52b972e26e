import { joinedBytes } from '../joined-bytes.ts';

/**
 * Writes protobuf messages: varints, length-delimited fields and 32-bit floats, which is all that ONNX files need.
 * Wire format: https://protobuf.dev/programming-guides/encoding/. Pieces are kept apart until {@link finish}, so a large
 * tensor is copied once however deep it is nested.
 */
export class ProtobufWriter {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  /** Unsigned or two's-complement 64-bit integer field. */
  integer(field: number, value: number | bigint): this {
    return this.push(varint(field << 3)).push(varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.push(varint((field << 3) | 5)).push(bytes);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint((field << 3) | 2))
      .push(varint(value.length))
      .push(value);
  }

  message(field: number, value: ProtobufWriter): this {
    this.push(varint((field << 3) | 2)).push(varint(value.length));
    for (const piece of value.pieces) this.push(piece);
    return this;
  }

  finish(): Uint8Array {
    return joinedBytes(this.pieces);
  }

  private push(piece: Uint8Array): this {
    this.pieces.push(piece);
    this.length += piece.length;
    return this;
  }
}

function varint(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && value >= 0 && value < 0x80) return Uint8Array.of(value);
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
