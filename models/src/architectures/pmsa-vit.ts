import { attentionCut, joinHeads, splitHeads } from '../onnx/attention.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { convolution, linear } from '../onnx/linear.ts';
import { layerNorm } from '../onnx/normalisation.ts';
import {
  add,
  concat,
  dimensionOf,
  gelu,
  greater,
  matMul,
  minimum,
  multiply,
  reduceMin,
  reshape,
  shapeOf,
  slice,
  softmax,
  split,
  transpose,
  where,
} from '../onnx/operators.ts';

/** Sizes of the pose-masked self-attention ViT. Upstream fixes all but `channels`, `innerWidth` and `layers`. */
export interface PmsaVitConfig {
  readonly channels: number;
  /** Channels of a patch's cells, 128; a token is `patchSize^2` times as wide. */
  readonly cellWidth: number;
  readonly patchSize: number;
  readonly heads: number;
  /** Heads times head width. */
  readonly innerWidth: number;
  /** Width of the MLP's hidden layer. */
  readonly mlpWidth: number;
  /** One layer per pose mask, coarse kernel first. */
  readonly layers: number;
}

export interface PmsaVitInputs {
  /** `[1]` int64: the number of rows. */
  readonly batch: Value;
  /** float32 0/1 `[K,B,N]` */
  readonly poseTokens: Value;
  readonly minimumScope: 'pair' | 'batch';
  /** See {@link import('../onnx/attention.ts').AttentionOptions.mostPieces}. */
  readonly mostPieces: number;
}

/** Positions stored per axis: pictures up to 256 * 16 = 4096 pixels a side. */
const storedPositions = 256;

/**
 * Stable-Pose's ViT over 2x2 patches (arXiv 2406.02485, section 3.2): patch embedding, fixed sin/cos positions, one
 * pre-norm transformer layer per pose mask, and back to `[B,channels,h,w]`. No residual around it.
 */
export function pmsaVit(
  graph: GraphBuilder,
  x: Value,
  key: string,
  config: PmsaVitConfig,
  inputs: PmsaVitInputs,
): Value {
  const { channels, cellWidth, patchSize } = config;
  const width = cellWidth * patchSize * patchSize;
  const embedding = `${key}.to_patch_embedding`;
  const cells = convolution(graph, x, `${embedding}.0`, channels, cellWidth);
  let tokens = toPatches(graph, cells, inputs.batch, cellWidth, patchSize);
  tokens = layerNorm(graph, tokens, `${embedding}.2`, width);
  tokens = linear(graph, tokens, `${embedding}.3`, { from: width, to: width });
  tokens = layerNorm(graph, tokens, `${embedding}.4`, width);
  tokens = addPositions(graph, tokens, cells, inputs.batch, width, patchSize);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const at = `${key}.transformer.layers.${layer}`;
    tokens = add(graph, tokens, maskedAttention(graph, tokens, `${at}.0`, layer, config, inputs));
    tokens = add(graph, tokens, mlp(graph, tokens, `${at}.1.net`, width, config.mlpWidth));
  }
  const restored = fromPatches(graph, tokens, cells, inputs.batch, cellWidth, patchSize);
  return convolution(graph, restored, `${key}.to_out.1`, cellWidth, channels);
}

/** `[B,C,h,w] -> [B*N, p*p*C]`, N = (h/p)(w/p); a token's elements in the order (row in patch, column in patch, channel). */
function toPatches(graph: GraphBuilder, x: Value, batch: Value, channels: number, patch: number): Value {
  const { height, width } = patchGrid(graph, x, patch);
  const shape = concat(
    graph,
    [batch, graph.integers([channels]), height, graph.integers([patch]), width, graph.integers([patch])],
    0,
  );
  const apart = transpose(graph, reshape(graph, x, shape), [0, 2, 4, 3, 5, 1]);
  return reshape(graph, apart, [-1, patch * patch * channels]);
}

/** The way back from {@link toPatches}, to the shape of `like`. */
function fromPatches(
  graph: GraphBuilder,
  tokens: Value,
  like: Value,
  batch: Value,
  channels: number,
  patch: number,
): Value {
  const { height, width } = patchGrid(graph, like, patch);
  const shape = concat(graph, [batch, height, width, graph.integers([patch, patch, channels])], 0);
  const apart = transpose(graph, reshape(graph, tokens, shape), [0, 5, 1, 3, 2, 4]);
  return reshape(graph, apart, shapeOf(graph, like));
}

/** Patches per column and per row, each `[1]` int64. */
function patchGrid(graph: GraphBuilder, x: Value, patch: number): { height: Value; width: Value } {
  const count = (axis: number) =>
    graph.once(`patches ${axis} of ${x}`, () =>
      graph.node('Div', [dimensionOf(graph, x, axis), graph.integers([patch])]),
    );
  return { height: count(2), width: count(3) };
}

/**
 * Adds concat(sin(x w), cos(x w), sin(y w), cos(y w)), w_i = 10000^(-i / (width/4 - 1)), x and y counted in patches. The
 * sines are stored, because GPUs compute them too roughly; half of each axis' table is zero, so that two broadcasting
 * additions give the concatenation exactly.
 */
function addPositions(
  graph: GraphBuilder,
  tokens: Value,
  cells: Value,
  batch: Value,
  width: number,
  patch: number,
): Value {
  const grid = patchGrid(graph, cells, patch);
  const half = width / 2;
  const table = graph.floats(`positions ${width}`, [storedPositions, half], positionTable(half));
  const none = graph.once(`no positions ${width}`, () =>
    graph.node('Expand', [graph.scalar(0), graph.integers([storedPositions, half])]),
  );
  const columns = slice(graph, concat(graph, [table, none], 1), 0, 0, grid.width);
  const rows = slice(graph, concat(graph, [none, table], 1), 0, 0, grid.height);
  const shape = concat(graph, [batch, grid.height, grid.width, graph.integers([width])], 0);
  let placed = reshape(graph, tokens, shape);
  placed = add(
    graph,
    placed,
    reshape(graph, columns, concat(graph, [graph.integers([1, 1]), grid.width, graph.integers([width])], 0)),
  );
  placed = add(
    graph,
    placed,
    reshape(graph, rows, concat(graph, [graph.integers([1]), grid.height, graph.integers([1, width])], 0)),
  );
  return reshape(graph, placed, [-1, width]);
}

/** `[storedPositions, width]`: sines, then cosines, in float32 arithmetic as the reference's table. */
function positionTable(width: number): Float32Array {
  const count = width / 2;
  const table = new Float32Array(storedPositions * width);
  for (let position = 0; position < storedPositions; position += 1) {
    for (let i = 0; i < count; i += 1) {
      const omega = Math.fround(1 / Math.fround(10000 ** Math.fround(i / (count - 1))));
      const angle = Math.fround(position * omega);
      table[position * width + i] = Math.sin(angle);
      table[position * width + count + i] = Math.cos(angle);
    }
  }
  return table;
}

/**
 * Pose-masked self-attention. Pair (i, j) may attend when i or j lies in the pose; the other logits are REPLACED by the
 * smallest logit of the scope (taken before masking, over all heads and, in scope `batch`, all rows), as upstream
 * computes it: masked pairs keep a little weight, and no additive bias can say so.
 */
function maskedAttention(
  graph: GraphBuilder,
  x: Value,
  key: string,
  layer: number,
  config: PmsaVitConfig,
  inputs: PmsaVitInputs,
): Value {
  const { heads, innerWidth } = config;
  const { batch, poseTokens } = inputs;
  const width = config.cellWidth * config.patchSize ** 2;
  const normalised = layerNorm(graph, x, `${key}.norm`, width);
  const qkv = linear(graph, normalised, `${key}.to_qkv`, { from: width, to: innerWidth * 3, bias: false });
  const [q, k, v] = split(graph, qkv, 3, 1).map((part) => splitHeads(graph, part, batch, heads, innerWidth));
  const scaledQueries = multiply(graph, q!, graph.scalar((innerWidth / heads) ** -0.5));
  const keys = transpose(graph, k!, [0, 1, 3, 2]);

  const tokens = graph.forms.largestLatentCells / config.patchSize ** 2;
  const cut = attentionCut(graph, {
    heads,
    largestQueries: tokens,
    largestKeys: tokens,
    mostPieces: inputs.mostPieces,
  });
  const inPose = slice(graph, poseTokens, 0, layer, layer + 1);
  const shape = (dims: readonly number[]) => concat(graph, [batch, graph.integers(dims)], 0);
  const queryInPose = reshape(graph, inPose, shape([1, -1, 1]));
  const keyInPose = reshape(graph, inPose, shape([1, 1, -1]));

  const groupsOf = (value: Value) => split(graph, value, cut.headGroups, 1);
  const keyGroups = groupsOf(keys);
  const logits = groupsOf(scaledQueries).map((group, index) =>
    split(graph, group, cut.queryPieces, 2).map((piece) => matMul(graph, piece, keyGroups[index]!)),
  );
  const smallest = scopeMinimum(graph, logits.flat(), batch, inputs.minimumScope);
  const queryPieces = split(graph, queryInPose, cut.queryPieces, 2);
  const valueGroups = groupsOf(v!);
  const attended = logits.map((pieces, group) =>
    concat(
      graph,
      pieces.map((piece, index) => {
        const allowed = greater(graph, add(graph, queryPieces[index]!, keyInPose), graph.scalar(0.5));
        return matMul(graph, softmax(graph, where(graph, allowed, piece, smallest)), valueGroups[group]!);
      }),
      2,
    ),
  );
  const joined = joinHeads(graph, concat(graph, attended, 1), innerWidth);
  return linear(graph, joined, `${key}.to_out`, { from: innerWidth, to: width, bias: false });
}

/**
 * The smallest logit: over everything (`batch`, `[1,1,1,1]`), or over each guidance pair (`pair`, `[B,1,1,1]`), where row i
 * (unconditional) and row i + B/2 (conditional) are a pair. A single row is a pair of its own.
 */
function scopeMinimum(
  graph: GraphBuilder,
  pieces: readonly Value[],
  batch: Value,
  scope: 'pair' | 'batch',
): Value {
  const axes = scope === 'batch' ? [0, 1, 2, 3] : [1, 2, 3];
  const smallest = minimum(
    graph,
    pieces.map((piece) => reduceMin(graph, piece, axes)),
  );
  if (scope === 'batch') return smallest;
  // [B,1,1,1] as [2, B/2], minimum over the first axis, and repeated; B = 1 becomes [1, 1].
  const pairs = graph.once(`pairs of ${batch}`, () =>
    graph.node('Max', [graph.node('Div', [batch, graph.integers([2])]), graph.integers([1])]),
  );
  const apart = reshape(graph, smallest, concat(graph, [graph.integers([-1]), pairs], 0));
  const perPair = graph.node('Expand', [reduceMin(graph, apart, [0]), shapeOf(graph, apart)]);
  return reshape(graph, perPair, [-1, 1, 1, 1]);
}

/** LayerNorm, Linear, GELU, Linear. */
function mlp(graph: GraphBuilder, x: Value, key: string, width: number, hidden: number): Value {
  const normalised = layerNorm(graph, x, `${key}.0`, width);
  const inner = gelu(graph, linear(graph, normalised, `${key}.1`, { from: width, to: hidden }));
  return linear(graph, inner, `${key}.3`, { from: hidden, to: width });
}
