import { type Checkpoint, createCheckpoint, type TensorEntry } from './checkpoint.ts';
import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { bytesPerElement } from './data-type.ts';
import { type PickleRules, PickleTuple, type PickleValue, readPickleAt } from './pickle.ts';
import type { RandomAccess } from './random-access.ts';
import { readStateDict } from './state-dict.ts';
import { gatherView, isContiguous, reachOf } from './strided-view.ts';
import { type TorchStorage, type TorchTensor, torchRules } from './torch-rules.ts';

/** Source: torch/serialization.py, `_legacy_save`. */
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;
/** The pickles stand before the elements; those of a checkpoint of 5000 tensors take some megabytes. */
const largestPickles = 64 * 1024 * 1024;

/**
 * Reads what torch.save wrote before PyTorch 1.6, as Inception's published weights are: five pickles one after the other
 * (magic number, version, system, objects, keys of the storages), then each storage as a count of 8 bytes and its elements.
 * Pickles are parsed, never executed. Contiguous tensors lie in place.
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export async function readLegacyTorch(access: RandomAccess): Promise<Checkpoint> {
  const { name: file } = access;
  const head = await access.read(0, Math.min(access.size, largestPickles));
  const rules = legacyRules(file);
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickleAt(head, at, file, rules);
    at = end;
    return value;
  };
  if (next() !== magicNumber) throw unsupportedCheckpoint(file, 'is a pickle, but not of torch.save', remedy);
  if (next() !== protocolVersion)
    throw unsupportedCheckpoint(file, 'is of another version of torch.save', remedy);
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false) {
    throw unsupportedCheckpoint(file, 'has numbers in big-endian order', remedy);
  }
  const state = readStateDict(next(), file);
  const keys = next();
  if (!Array.isArray(keys)) throw corruptCheckpoint(file, 'it does not list its storages');
  const starts = await locateStorages(access, at, keys, state.tensors);
  const spanOf = ({ storage, view, dtype }: TorchTensor) => {
    const itemSize = bytesPerElement[dtype!];
    return { offset: starts.get(storage.key)! + view.offset * itemSize, length: reachOf(view) * itemSize };
  };
  const tensors = new Map<string, TensorEntry>();
  for (const [key, tensor] of state.tensors) {
    if (!starts.has(tensor.storage.key)) {
      throw corruptCheckpoint(file, `storage ${shown(tensor.storage.key)} is missing`);
    }
    const entry = { key, dtype: tensor.dtype!, shape: tensor.view.shape };
    const inPlace = { file, ...spanOf(tensor) };
    tensors.set(key, isContiguous(tensor.view) ? { ...entry, inPlace } : entry);
  }
  return createCheckpoint({
    files: [file],
    tensors,
    metadata: state.metadata,
    warnings: state.warnings,
    readEntry: async ({ key }) => {
      const tensor = state.tensors.get(key)!;
      const { offset, length } = spanOf(tensor);
      const span = await access.read(offset, length);
      return isContiguous(tensor.view) ? span : gatherView(tensor.view, span, bytesPerElement[tensor.dtype!]);
    },
    close: () => access.close(),
  });
}

const remedy = 'Load it in PyTorch with weights_only=True and save it again, best as safetensors.';

/** As today's, but that a storage may be said to be a window on another: PyTorch 0.3 and older. */
function legacyRules(file: string): PickleRules {
  const rules = torchRules(file);
  return {
    ...rules,
    persistent(id) {
      if (id instanceof PickleTuple && id.items.length > 5 && id.items[5] !== null) {
        throw unsupportedCheckpoint(file, 'has storages that are windows on others', remedy);
      }
      return rules.persistent(id);
    },
  };
}

/** Where each storage's elements begin. The file says their counts; how wide they are, only the tensors tell. */
async function locateStorages(
  access: RandomAccess,
  begin: number,
  keys: readonly PickleValue[],
  tensors: ReadonlyMap<string, TorchTensor>,
): Promise<Map<string, number>> {
  const { name: file } = access;
  const storages = new Map<string, TorchStorage>();
  for (const { storage } of tensors.values()) storages.set(storage.key, storage);
  const starts = new Map<string, number>();
  let at = begin;
  for (const key of keys) {
    if (typeof key !== 'string' || starts.has(key))
      throw corruptCheckpoint(file, 'it does not list its storages');
    const storage = storages.get(key);
    if (!storage?.dtype) {
      throw unsupportedCheckpoint(
        file,
        `has a storage (${shown(key)}) that no tensor of a known type uses`,
        remedy,
      );
    }
    const count = await access.read(at, 8);
    const elements = new DataView(count.buffer).getBigInt64(0, true);
    if (elements !== BigInt(storage.size)) {
      throw corruptCheckpoint(
        file,
        `storage ${shown(key)} has ${elements} elements where ${storage.size} are named`,
      );
    }
    starts.set(key, at + 8);
    at += 8 + storage.size * bytesPerElement[storage.dtype];
  }
  if (at !== access.size) throw corruptCheckpoint(file, `its storages end at byte ${at} of ${access.size}`);
  return starts;
}
