import { type Checkpoint, createCheckpoint, type TensorEntry } from './checkpoint.ts';
import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { bytesPerElement } from './data-type.ts';
import { readPickle } from './pickle.ts';
import type { RandomAccess } from './random-access.ts';
import { readStateDict } from './state-dict.ts';
import { gatherView, isContiguous, reachOf } from './strided-view.ts';
import { type TorchStorage, type TorchTensor, torchRules } from './torch-rules.ts';
import { readZip, type ZipArchive, type ZipEntry } from './zip.ts';

const largestPickle = 64 * 1024 * 1024;

/**
 * Reads what torch.save writes since PyTorch 1.6: a zip with a pickle of the objects (`<name>/data.pkl`) and one entry of raw
 * elements per storage (`<name>/data/<key>`). The pickle is parsed, never executed. Contiguous tensors of entries that are
 * not compressed lie in place.
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export async function readTorch(access: RandomAccess): Promise<Checkpoint> {
  const { name: file } = access;
  const zip = await readZip(access);
  const { prefix, pickle } = findPickle(zip, file);
  await refuseBigEndian(zip, prefix, file);
  const root = readPickle(await zip.read(pickle, largestPickle), file, torchRules(file));
  const state = readStateDict(root, file);
  const storages = new StorageReader(access, zip, prefix);
  const tensors = new Map<string, TensorEntry>();
  for (const [key, tensor] of state.tensors) tensors.set(key, await storages.entryOf(key, tensor));
  return createCheckpoint({
    files: [file],
    tensors,
    metadata: state.metadata,
    warnings: state.warnings,
    readEntry: ({ key }) => storages.read(state.tensors.get(key)!),
    close: () => access.close(),
  });
}

function findPickle(zip: ZipArchive, file: string): { prefix: string; pickle: ZipEntry } {
  const found = [...zip.entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (found.length > 1) throw corruptCheckpoint(file, 'it holds two pickles');
  if (found.length === 0) {
    throw unsupportedCheckpoint(
      file,
      'is a zip, but not one that torch.save wrote',
      'Unpack it and give the checkpoint inside.',
    );
  }
  const prefix = found[0].name.slice(0, -'data.pkl'.length);
  if (zip.entries.has(`${prefix}constants.pkl`)) {
    throw unsupportedCheckpoint(
      file,
      'is a TorchScript program',
      "Save the model's state_dict instead, best as safetensors.",
    );
  }
  return { prefix, pickle: found[0] };
}

async function refuseBigEndian(zip: ZipArchive, prefix: string, file: string): Promise<void> {
  const entry = zip.entries.get(`${prefix}byteorder`);
  if (!entry) return;
  const order = new TextDecoder().decode(await zip.read(entry, 64)).trim();
  if (order !== 'little') {
    throw unsupportedCheckpoint(
      file,
      `has numbers in ${shown(order)}-endian order`,
      'Save it again on a little-endian machine.',
    );
  }
}

/** Finds and reads storages; the last one that was unpacked is kept, since tensors that share it follow each other. */
class StorageReader {
  private readonly access: RandomAccess;
  private readonly zip: ZipArchive;
  private readonly prefix: string;
  private readonly starts = new Map<string, number>();
  private unpacked: { readonly key: string; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(access: RandomAccess, zip: ZipArchive, prefix: string) {
    this.access = access;
    this.zip = zip;
    this.prefix = prefix;
  }

  async entryOf(key: string, tensor: TorchTensor): Promise<TensorEntry> {
    const { storage, view } = tensor;
    const dtype = tensor.dtype!;
    const start = await this.startOf(storage);
    const { shape } = view;
    if (this.zipEntry(storage).compressed || !isContiguous(view)) return { key, dtype, shape };
    const itemSize = bytesPerElement[dtype];
    const inPlace = {
      file: this.access.name,
      offset: start + view.offset * itemSize,
      length: reachOf(view) * itemSize,
    };
    return { key, dtype, shape, inPlace };
  }

  async read({ storage, view, dtype }: TorchTensor): Promise<Uint8Array> {
    const itemSize = bytesPerElement[dtype!];
    const [offset, length] = [view.offset * itemSize, reachOf(view) * itemSize];
    const entry = this.zipEntry(storage);
    const span = entry.compressed
      ? (await this.unpack(storage, entry)).slice(offset, offset + length)
      : await this.access.read((await this.startOf(storage)) + offset, length);
    return isContiguous(view) ? span : gatherView(view, span, itemSize);
  }

  private zipEntry(storage: TorchStorage): ZipEntry {
    const entry = this.zip.entries.get(`${this.prefix}data/${storage.key}`);
    if (!entry) throw corruptCheckpoint(this.access.name, `storage ${shown(storage.key)} is missing`);
    return entry;
  }

  private async startOf(storage: TorchStorage): Promise<number> {
    const known = this.starts.get(storage.key);
    const entry = this.zipEntry(storage);
    const size = storage.size * (storage.dtype ? bytesPerElement[storage.dtype] : 1);
    if (entry.size !== size) {
      throw corruptCheckpoint(
        this.access.name,
        `storage ${shown(storage.key)} has ${entry.size} bytes where ${size} are named`,
      );
    }
    if (known !== undefined) return known;
    const start = await this.zip.locate(entry);
    this.starts.set(storage.key, start);
    return start;
  }

  private unpack(storage: TorchStorage, entry: ZipEntry): Promise<Uint8Array> {
    if (this.unpacked?.key !== storage.key) {
      const bytes = this.zip.read(entry, entry.size);
      this.unpacked = { key: storage.key, bytes };
    }
    return this.unpacked!.bytes;
  }
}
