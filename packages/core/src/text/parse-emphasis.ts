/** A stretch of a prompt that is weighed alike. */
export interface EmphasisSpan {
  readonly text: string;
  /** 1 is plain. */
  readonly weight: number;
}

/** What one pair of round brackets multiplies by, and one of square brackets divides by. */
const bracketFactor = 1.1;

/** Most bracket levels that count: deeper ones are as deep as this. */
const deepest = 64;

/**
 * Reads emphasis in AUTOMATIC1111's syntax: `(word)` weighs 1.1, `[word]` 1 / 1.1, `(word:1.3)` 1.3; brackets nest and
 * multiply; `\(`, `\)`, `\[`, `\]` and `\\` are the plain characters. A bracket that is never closed counts to the end; one
 * that was never opened is a plain character.
 *
 * @returns spans in the order of the text, neighbours of equal weight joined; none for an empty prompt
 */
export function parseEmphasis(prompt: string): readonly EmphasisSpan[] {
  const spans: { text: string; weight: number }[] = [];
  /** For each open bracket: which one, and the first span inside it. */
  const open: { kind: '(' | '['; first: number }[] = [];
  let text = '';

  const flush = () => {
    if (text !== '') spans.push({ text, weight: 1 });
    text = '';
  };
  const close = (factor: number) => {
    const bracket = open.pop();
    flush();
    if (bracket === undefined) return;
    for (let i = bracket.first; i < spans.length; i++) spans[i].weight *= factor;
  };

  for (let at = 0; at < prompt.length; at++) {
    const character = prompt[at];
    const top = open[open.length - 1]?.kind;
    if (character === '\\' && /[()[\]\\]/.test(prompt[at + 1] ?? '')) {
      text += prompt[++at];
    } else if ((character === '(' || character === '[') && open.length < deepest) {
      flush();
      open.push({ kind: character, first: spans.length });
    } else if (character === ')' && top === '(') {
      const weighed = /:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/.exec(text);
      if (weighed) text = text.slice(0, weighed.index);
      close(weighed ? Number(weighed[1]) : bracketFactor);
    } else if (character === ']' && top === '[') {
      close(1 / bracketFactor);
    } else {
      text += character;
    }
  }
  flush();
  while (open.length > 0) close(open[open.length - 1].kind === '(' ? bracketFactor : 1 / bracketFactor);
  return joined(spans);
}

function joined(spans: readonly EmphasisSpan[]): readonly EmphasisSpan[] {
  const result: { text: string; weight: number }[] = [];
  for (const { text, weight } of spans) {
    const last = result[result.length - 1];
    if (last?.weight === weight) last.text += text;
    else result.push({ text, weight });
  }
  return result;
}
