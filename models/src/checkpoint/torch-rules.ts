import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { bytesPerElement, type DataType, elementsOf } from './data-type.ts';
import { PickleExternal, PickleGlobal, type PickleRules, PickleTuple, type PickleValue } from './pickle.ts';
import { reachOf, type StridedView } from './strided-view.ts';

/** One run of elements in the archive, shared by any number of tensors. */
export class TorchStorage extends PickleExternal {
  /** The archive's entry `data/<key>`. */
  readonly key: string;
  /** Undefined for untyped storages: their size is in bytes. */
  readonly dtype: DataType | undefined;
  /** The type's own name, for messages. */
  readonly type: string;
  readonly size: number;
  constructor(key: string, type: string, size: number) {
    super();
    this.key = key;
    this.type = type;
    this.dtype = storageTypes.get(type);
    this.size = size;
  }
}

/** A tensor: a strided window on a storage. */
export class TorchTensor extends PickleExternal {
  readonly storage: TorchStorage;
  /** Undefined when elements of this type are not read. */
  readonly dtype: DataType | undefined;
  readonly view: StridedView;
  constructor(storage: TorchStorage, dtype: DataType | undefined, view: StridedView) {
    super();
    this.storage = storage;
    this.dtype = dtype;
    this.view = view;
  }
}

const storageTypes: ReadonlyMap<string, DataType> = new Map([
  ['torch.HalfStorage', 'f16'],
  ['torch.BFloat16Storage', 'bf16'],
  ['torch.FloatStorage', 'f32'],
  ['torch.DoubleStorage', 'f64'],
  ['torch.LongStorage', 'i64'],
  ['torch.IntStorage', 'i32'],
  ['torch.ShortStorage', 'i16'],
  ['torch.CharStorage', 'i8'],
  ['torch.ByteStorage', 'u8'],
  ['torch.BoolStorage', 'bool'],
]);

const dtypeNames: ReadonlyMap<string, DataType> = new Map([
  ['torch.float16', 'f16'],
  ['torch.bfloat16', 'bf16'],
  ['torch.float32', 'f32'],
  ['torch.float64', 'f64'],
  ['torch.int64', 'i64'],
  ['torch.int32', 'i32'],
  ['torch.int16', 'i16'],
  ['torch.int8', 'i8'],
  ['torch.uint8', 'u8'],
  ['torch.bool', 'bool'],
]);

const mostDimensions = 32;
/** A view may repeat elements (a stride of 0), but not so that a small file asks for much memory. */
const mostRepeated = 16 * 1024 * 1024;

/**
 * The allow-list: what torch.save writes for tensors, parameters and ordered dictionaries
 * (torch/_utils.py, torch/serialization.py).
 */
export function torchRules(file: string): PickleRules {
  const rebuild = (name: string, args: readonly PickleValue[]): PickleValue | undefined => {
    switch (name) {
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return rebuildTensor(file, args, undefined);
      case 'torch._utils._rebuild_tensor_v3':
        return rebuildTensor(file, args, args[6]);
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
        return args[0] instanceof TorchTensor ? args[0] : undefined;
      default:
        return undefined;
    }
  };
  return {
    call({ path }, args, spend) {
      if (path === 'collections.OrderedDict' || path === 'collections.defaultdict') {
        const pairs = path === 'collections.OrderedDict' ? args[0] : undefined;
        if (pairs === undefined) return new Map();
        if (!Array.isArray(pairs)) return undefined;
        spend(pairs.length);
        return new Map(pairs.map((pair) => pairOf(file, pair)));
      }
      if (path === 'torch._tensor._rebuild_from_type_v2') {
        // A subclass of Tensor: (function, class, its arguments, state).
        const [callee, , inner] = args;
        if (!(callee instanceof PickleGlobal) || !(inner instanceof PickleTuple)) return undefined;
        return rebuild(callee.path, inner.items);
      }
      return rebuild(path, args);
    },
    persistent(id) {
      const [kind, type, key, , size] = id instanceof PickleTuple ? id.items : [];
      if (
        kind !== 'storage' ||
        !(type instanceof PickleGlobal) ||
        typeof key !== 'string' ||
        !isCount(size)
      ) {
        throw corruptCheckpoint(file, 'its pickle names a storage in no known way');
      }
      if (key === '' || /[\\/\0]|^\.\.?$/.test(key)) {
        throw corruptCheckpoint(file, `${shown(key)} is no name of a storage`);
      }
      return new TorchStorage(key, type.path, size);
    },
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function pairOf(file: string, pair: PickleValue): [PickleValue, PickleValue] {
  const items = pair instanceof PickleTuple ? pair.items : pair;
  if (Array.isArray(items) && items.length === 2) return [items[0], items[1]];
  throw corruptCheckpoint(file, 'an ordered dictionary is made of what are no pairs');
}

function rebuildTensor(
  file: string,
  args: readonly PickleValue[],
  dtypeName: PickleValue | undefined,
): TorchTensor {
  const [storage, offset] = args;
  const [shape, strides] = [countsOf(args[2]), countsOf(args[3])];
  const wrong = (what: string) => corruptCheckpoint(file, `a tensor ${what}`);
  if (!(storage instanceof TorchStorage) || !isCount(offset) || !shape || !strides) {
    throw wrong('is not described as PyTorch does');
  }
  if (shape.length !== strides.length || shape.length > mostDimensions)
    throw wrong(`has ${shape.length} dimensions`);
  const metadata = args[dtypeName === undefined ? 6 : 7];
  if (metadata instanceof Map && [...metadata.values()].includes(true)) {
    throw unsupportedCheckpoint(
      file,
      'holds a lazily negated or conjugated tensor',
      'Resolve it before saving.',
    );
  }
  const dtype = dtypeName instanceof PickleGlobal ? dtypeNames.get(dtypeName.path) : storage.dtype;
  const view = { offset, shape, strides };
  const elements = elementsOf(shape);
  const last = offset + reachOf(view);
  // An untyped storage counts bytes; without a known element type nothing of it is read.
  const capacity = storage.dtype
    ? storage.size
    : Math.floor(storage.size / (dtype ? bytesPerElement[dtype] : 1));
  if (elements === undefined || !Number.isSafeInteger(last) || (elements > 0 && last > capacity)) {
    throw wrong(`of shape [${shape}] reaches beyond its storage of ${storage.size}`);
  }
  if (elements > capacity && elements > mostRepeated)
    throw wrong(`of shape [${shape}] repeats ${capacity} elements`);
  return new TorchTensor(storage, dtype, view);
}

function countsOf(value: PickleValue | undefined): readonly number[] | undefined {
  const items = value instanceof PickleTuple ? value.items : value;
  return Array.isArray(items) && items.length <= mostDimensions && items.every(isCount) ? items : undefined;
}
