import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { PickleObject, PickleTuple, type PickleValue } from './pickle.ts';
import { TorchTensor } from './torch-rules.ts';

type PickleMap = ReadonlyMap<PickleValue, PickleValue>;

export interface StateDict {
  /** In the file's order; nested dictionaries joined by dots. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Strings and numbers beside the tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** Where training programs put the weights, in the order of preference. */
const envelopes = ['state_dict', 'model_state_dict', 'module', 'model', 'params_ema', 'params', 'generator'];
const mostTensors = 200_000;
const deepest = 8;

/**
 * Finds the weights in what a pickle holds: a dictionary of tensors, or an envelope round one such as Lightning's.
 * @throws checkpoint-unsupported when there is none
 */
export function readStateDict(root: PickleValue, file: string): StateDict {
  const top = mapOf(root);
  if (!top) {
    throw unsupportedCheckpoint(
      file,
      root instanceof PickleObject
        ? `holds a whole Python object (${shown(root.type)}) and no dictionary of tensors`
        : 'holds no dictionary of tensors',
      'Save the state_dict of the model, best as safetensors.',
    );
  }
  const envelope = envelopes.find((name) => holdsTensors(top.get(name)));
  const flat = new Flattening(file);
  flat.add(envelope === undefined ? top : mapOf(top.get(envelope))!, '', 0);
  const warnings = flat.warnings();
  const metadata = new Map<string, string>();
  const leftovers: string[] = [];
  for (const [key, value] of top) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      metadata.set(String(key), String(value));
    } else if (envelope !== undefined && key !== envelope && isFilled(value)) leftovers.push(nameOf(key));
  }
  if (leftovers.length > 0) {
    warnings.push(`Leftovers of training are left aside: ${listed(leftovers)}.`);
  }
  return { tensors: flat.tensors, metadata, warnings };
}

class Flattening {
  readonly tensors = new Map<string, TorchTensor>();
  private readonly file: string;
  private readonly seen = new Set<PickleMap>();
  private readonly unread: string[] = [];
  private readonly objects: string[] = [];

  constructor(file: string) {
    this.file = file;
  }

  add(map: PickleMap, prefix: string, depth: number): void {
    // A dictionary is visited once, so that one that holds itself, or another many times, costs nothing.
    if (this.seen.has(map) || depth > deepest) return;
    this.seen.add(map);
    for (const [name, value] of map) {
      const key = prefix + nameOf(name);
      if (value instanceof TorchTensor) {
        if (!value.dtype) this.unread.push(`${shown(key)} (${shown(value.storage.type)})`);
        else if (this.tensors.has(key)) throw corruptCheckpoint(this.file, `${shown(key)} is in it twice`);
        else this.tensors.set(key, value);
        if (this.tensors.size > mostTensors)
          throw corruptCheckpoint(this.file, `it names over ${mostTensors} tensors`);
        continue;
      }
      const inner = mapOf(value);
      if (inner) this.add(inner, `${key}.`, depth + 1);
      else if (value instanceof PickleObject) this.objects.push(`${shown(key)} (${shown(value.type)})`);
    }
  }

  warnings(): string[] {
    return [
      ...(this.unread.length > 0 ? [`Tensors of types that are not read: ${listed(this.unread)}.`] : []),
      ...(this.objects.length > 0 ? [`Python objects are left aside: ${listed(this.objects)}.`] : []),
    ];
  }
}

/** A value as a dictionary: one itself, an object filled like one, or a torch ParameterDict. */
function mapOf(value: PickleValue | undefined): PickleMap | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof PickleObject)) return undefined;
  if (value.items.size > 0) return value.items;
  const parameters = value.state instanceof Map ? value.state.get('_parameters') : undefined;
  return parameters instanceof Map && parameters.size > 0 ? parameters : undefined;
}

function holdsTensors(value: PickleValue | undefined): boolean {
  const map = mapOf(value);
  return map !== undefined && [...map.values()].some((item) => item instanceof TorchTensor);
}

function isFilled(value: PickleValue): boolean {
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return (
    value instanceof PickleObject ||
    value instanceof TorchTensor ||
    (value instanceof PickleTuple && value.items.length > 0)
  );
}

function nameOf(key: PickleValue): string {
  if (typeof key === 'string') return key;
  return typeof key === 'number' || typeof key === 'bigint' ? String(key) : '?';
}

function listed(names: readonly string[]): string {
  const rest = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return names.slice(0, 5).join(', ') + rest;
}
