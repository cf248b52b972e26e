import type { AdapterPart, AdapterSource, BasePart, GraphOptions, ModelSource } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Size } from '../pose/index.ts';
import type { Graph, GraphRuntime } from '../runtime/index.ts';
import type { GraphGroup, GraphShelf, ShelfPlace } from './graph-shelf.ts';
import type { ResolvedRequest } from './resolve-request.ts';

const groups = {
  'text-encoder': 'text',
  unet: 'network',
  'vae-decoder': 'decoder',
  'vae-encoder': 'encoder',
  'hint-encoder': 'pose',
  adapter: 'network',
} as const satisfies Record<BasePart | AdapterPart, GraphGroup>;

export interface ModelPartsOptions {
  readonly runtime: GraphRuntime;
  readonly shelf: GraphShelf;
  readonly model: ModelSource;
  readonly adapters: ReadonlyMap<string, AdapterSource>;
  readonly request: ResolvedRequest;
  readonly signal?: AbortSignal;
}

/** The graphs of one request, built as it asks (LoRAs, clip skip), taken from the shelf when they are needed. */
export class ModelParts {
  private readonly options: ModelPartsOptions;

  constructor(options: ModelPartsOptions) {
    this.options = options;
  }

  /** Whether loading one part releases others, so that nothing of another stage may be used within a stage. */
  get inTurn(): boolean {
    return this.options.shelf.partsInTurn;
  }

  /** For when memory ran out while a group's graphs ran: everything else goes. */
  releaseAllBut(group: GraphGroup): Promise<void> {
    this.options.shelf.partsInTurn = true;
    return this.options.shelf.releaseOthers(group);
  }

  base(part: BasePart): Promise<Graph> {
    return this.options.shelf.take(this.basePlace(part), this.options.signal);
  }

  adapter(name: string, part: AdapterPart): Promise<Graph> {
    return this.options.shelf.take(this.adapterPlace(name, part), this.options.signal);
  }

  /** Whether the adapter runs at each step; one that adds the same at each step has its hint encoder alone. */
  hasStepGraph(name: string): boolean {
    return this.options.adapters.get(name)?.config.kind !== 't2i-adapter';
  }

  basePlace(part: BasePart): ShelfPlace {
    const { model, request } = this.options;
    const isVae = part === 'vae-decoder' || part === 'vae-encoder';
    const options: GraphOptions = {
      ...this.common(),
      ...(isVae || request.loras.length === 0 ? {} : { loras: request.loras.map((lora) => lora.model) }),
      ...(part === 'text-encoder'
        ? { clipSkip: request.clipSkip, extraEmbeddings: model.embeddings.length > 0 }
        : {}),
    };
    return place(part, groups[part], options, () => model.graph(part, options));
  }

  adapterPlace(name: string, part: AdapterPart): ShelfPlace {
    const source = this.options.adapters.get(name);
    if (source === undefined) throw new StablePoseError('internal', `There is no adapter ${name}.`);
    const options: GraphOptions = { ...this.common(), minimumScope: 'pair' };
    return place(`${part} of ${name}`, groups[part], options, () => source.graph(part, options));
  }

  private common(): GraphOptions {
    const { runtime, request } = this.options;
    const { provider, fusedAttention, maxTensorBytes } = runtime;
    // Only where attention is written out, in pieces, does the size of the picture shape the graph.
    return provider === 'webgpu'
      ? { provider, fusedAttention, maxTensorBytes, largestPicture: largestPicture(request) }
      : { provider };
  }
}

function place(slot: string, group: GraphGroup, options: GraphOptions, open: ShelfPlace['open']): ShelfPlace {
  return { slot, group, key: JSON.stringify(options), open };
}

/** Rounded up, so that pictures of similar size share a graph. */
function largestPicture({ width, height, detail }: ResolvedRequest): Size {
  const up = (pixels: number) =>
    Math.max(512, 2 ** Math.ceil(Math.log2(Math.max(pixels, detail?.tile ?? 0))));
  return { width: up(width), height: up(height) };
}
