import { StablePoseError } from '@stable-pose/core/errors';
import type { GraphBuilder, Value } from './graph-builder.ts';
import {
  add,
  concat,
  dimensionOf,
  matMul,
  multiply,
  reshape,
  softmax,
  split,
  transpose,
} from './operators.ts';

export interface AttentionOptions {
  readonly heads: number;
  readonly width: number;
  /** `[1]` int64: the number of rows (batch). */
  readonly batch: Value;
  /** Each token sees itself and what stands before it. */
  readonly causal?: boolean;
  /** Query and key tokens of the largest picture; they decide into how many pieces written-out attention is cut. */
  readonly largestQueries: number;
  readonly largestKeys: number;
  /**
   * Into how many pieces the queries may be cut: a number that divides the token count at every picture size, or whose
   * square is no greater than the smallest count (then no piece comes out empty).
   */
  readonly mostPieces: number;
}

/**
 * softmax(q k^T / sqrt(width / heads)) v for q `[B*N, width]`, k and v `[B*M, width]`, as `[B*N, width]`.
 * How it is written is {@link import('./operator-forms.ts').operatorForms}' choice.
 */
export function attention(
  graph: GraphBuilder,
  q: Value,
  k: Value,
  v: Value,
  options: AttentionOptions,
): Value {
  const { heads, width, batch } = options;
  if (width % heads !== 0) {
    throw new StablePoseError(
      'tensor-mismatch',
      `Attention of width ${width} cannot have ${heads} heads: the width must be divisible.`,
    );
  }
  if (graph.forms.attention === 'written-out') return writtenOut(graph, q, k, v, options);
  const threeDims = rowsAndTokens(graph, batch, width);
  const attended = graph.node(
    'MultiHeadAttention',
    [q, k, v].map((x) => reshape(graph, x, threeDims)),
    { num_heads: heads, ...(options.causal ? { unidirectional: 1 } : {}) },
    'com.microsoft',
  );
  return reshape(graph, attended, [-1, width]);
}

/** int64 `[B, -1, width]` */
export function rowsAndTokens(graph: GraphBuilder, batch: Value, width: number): Value {
  return graph.once(`rows and tokens ${batch} ${width}`, () =>
    concat(graph, [batch, graph.integers([-1, width])], 0),
  );
}

/** `[B*N, width] -> [B, heads, N, width / heads]` */
export function splitHeads(graph: GraphBuilder, x: Value, batch: Value, heads: number, width: number): Value {
  const shape = graph.once(`heads ${batch} ${heads} ${width}`, () =>
    concat(graph, [batch, graph.integers([-1, heads, width / heads])], 0),
  );
  return transpose(graph, reshape(graph, x, shape), [0, 2, 1, 3]);
}

/** `[B, heads, N, width / heads] -> [B*N, width]` */
export function joinHeads(graph: GraphBuilder, x: Value, width: number): Value {
  return reshape(graph, transpose(graph, x, [0, 2, 1, 3]), [-1, width]);
}

/** How written-out attention is cut: heads into groups, and each group's queries into pieces. */
export interface AttentionCut {
  readonly headGroups: number;
  readonly queryPieces: number;
}

/** The coarsest cut (queries first, then heads) whose `[2, heads, N, M]` float32 logits fit the form's limit. */
export function attentionCut(
  graph: GraphBuilder,
  options: Pick<AttentionOptions, 'heads' | 'largestQueries' | 'largestKeys' | 'mostPieces'>,
): AttentionCut {
  const { heads, largestQueries, largestKeys, mostPieces } = options;
  const bytesPerHead = 2 * largestQueries * largestKeys * 4;
  const fits = (headGroups: number, queryPieces: number) =>
    (bytesPerHead * (heads / headGroups)) / queryPieces <= graph.forms.maxTensorBytes;
  for (let headGroups = 1; headGroups <= heads; headGroups += 1) {
    if (heads % headGroups !== 0) continue;
    for (let queryPieces = 1; queryPieces <= mostPieces; queryPieces *= 2) {
      if (fits(headGroups, queryPieces)) return { headGroups, queryPieces };
    }
  }
  return { headGroups: heads, queryPieces: mostPieces };
}

function writtenOut(graph: GraphBuilder, q: Value, k: Value, v: Value, options: AttentionOptions): Value {
  const { heads, width, batch } = options;
  const { headGroups, queryPieces } = options.causal
    ? { headGroups: 1, queryPieces: 1 }
    : attentionCut(graph, options);
  const scale = graph.scalar((width / heads) ** -0.5);
  const queries = multiply(graph, splitHeads(graph, q, batch, heads, width), scale);
  const keys = transpose(graph, splitHeads(graph, k, batch, heads, width), [0, 1, 3, 2]);
  const values = splitHeads(graph, v, batch, heads, width);
  const groupsOf = (x: Value) => split(graph, x, headGroups, 1);
  const [keyGroups, valueGroups] = [groupsOf(keys), groupsOf(values)];
  const attended = groupsOf(queries).map((group, index) => {
    const pieces = split(graph, group, queryPieces, 2).map((piece) => {
      let logits = matMul(graph, piece, keyGroups[index]!);
      if (options.causal) logits = add(graph, logits, causalBias(graph, q, batch, width));
      return matMul(graph, softmax(graph, logits), valueGroups[index]!);
    });
    return concat(graph, pieces, 2);
  });
  return joinHeads(graph, concat(graph, attended, 1), width);
}

/** 0 on and below the diagonal, -1e9 above, `[T,T]`. */
function causalBias(graph: GraphBuilder, q: Value, batch: Value, width: number): Value {
  return graph.once(`causal bias ${batch}`, () => {
    const rows = reshape(graph, q, rowsAndTokens(graph, batch, width));
    const tokens = dimensionOf(graph, rows, 1);
    const square = concat(graph, [tokens, tokens], 0);
    const filled = graph.node('Expand', [graph.scalar(-1e9), square]);
    return graph.node('Trilu', [filled, graph.integers(1)], { upper: 1 });
  });
}
