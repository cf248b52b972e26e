import type { ModelReference } from '../../model-store.ts';
import type { PieceStore } from './piece-store.ts';

/** A file of a model: what is known of it, and how much of it is here. */
export interface FileRecord {
  /** Within the model: `config.json`, `unet/model.safetensors`. */
  readonly path: string;
  readonly url?: string;
  bytes?: number;
  /** What it must be. */
  readonly sha256?: string;
  /** Of the answer that the pieces came from: another one means that they are of another file. */
  etag?: string;
  /** How many pieces are here, and their bytes. */
  pieces: number;
  have: number;
  isComplete: boolean;
  /** May be missing at its place. */
  readonly isOptional?: boolean;
}

/** What the store knows of a model: one JSON beside the pieces. */
export interface ModelRecord {
  readonly id: string;
  readonly name: string;
  readonly source?: ModelReference;
  readonly licence?: string;
  /** Told once everything is here. */
  kind?: 'adapter';
  files: FileRecord[];
  /** All files are known. */
  isListed: boolean;
}

const ending = '.model.json';
const recordName = (id: string): string => id + ending;
export const pieceName = (id: string, file: number, piece: number): string => `${id}.${file}.${piece}`;

export async function readRecord(pieces: PieceStore, id: string): Promise<ModelRecord | undefined> {
  const blob = await pieces.read(recordName(id));
  if (!blob) return undefined;
  try {
    return JSON.parse(await blob.text()) as ModelRecord;
  } catch {
    // A record that was cut short is none: its pieces are fetched anew.
    return undefined;
  }
}

export function writeRecord(pieces: PieceStore, record: ModelRecord): Promise<void> {
  // Files of one's own are no place to fetch from again.
  const source = record.source?.from === 'files' ? undefined : record.source;
  return pieces.write(recordName(record.id), new TextEncoder().encode(JSON.stringify({ ...record, source })));
}

export async function readRecords(pieces: PieceStore): Promise<ModelRecord[]> {
  const records: ModelRecord[] = [];
  for (const name of await pieces.names()) {
    if (!name.endsWith(ending)) continue;
    const record = await readRecord(pieces, name.slice(0, -ending.length));
    if (record) records.push(record);
  }
  return records;
}

/** Record and pieces, those included that no record counts. */
export async function removeModel(pieces: PieceStore, id: string): Promise<void> {
  for (const name of await pieces.names()) {
    if (name === recordName(id) || new RegExp(`^${id}\\.\\d+\\.\\d+$`).test(name)) await pieces.remove(name);
  }
}

export const isComplete = ({ isListed, files }: ModelRecord): boolean =>
  isListed && files.every((file) => file.isComplete);
