import { escapeHtml } from './escape-html.ts';

/** One bar, with a mark where it could have reached. */
export interface Bar {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
  readonly most?: number;
}

const percent = (value: number) => (value < 0 ? '–' : `${(100 * value).toFixed(1)}`);

/** Lying bars, values written beside them; a stroke marks each bar's ceiling. */
export function barPlot(title: string, bars: readonly Bar[]): string {
  const [left, width, row] = [64, 340, 30];
  let y = 4;
  const parts: string[] = [];
  for (const bar of bars) {
    const value = Math.max(0, bar.value);
    parts.push(
      `<text x="${left - 10}" y="${y + 15}" text-anchor="end">${escapeHtml(bar.label)}</text>`,
      `<rect x="${left}" y="${y + 3}" width="${width}" height="16" rx="3" class="track"/>`,
      `<rect x="${left}" y="${y + 3}" width="${(width * value).toFixed(1)}" height="16" rx="3" class="bar"/>`,
    );
    if (bar.most !== undefined && bar.most >= 0) {
      const x = (left + width * bar.most).toFixed(1);
      parts.push(`<line x1="${x}" x2="${x}" y1="${y}" y2="${y + 22}" class="most"/>`);
    }
    parts.push(`<text x="${left + width + 10}" y="${y + 15}" class="value">${percent(bar.value)}</text>`);
    y += row;
  }
  const told = bars.map(({ label, value }) => `${label} ${percent(value)}`);
  return svg(title, left + width + 56, y, parts.join(''), `${title}: ${told.join(', ')}.`);
}

/** How many people have a similarity in each tenth. */
export function similarityPlot(title: string, similarities: readonly number[]): string {
  const counts = new Array<number>(10).fill(0);
  for (const value of similarities) counts[Math.min(9, Math.floor(value * 10))]!++;
  const [height, step, left, top] = [150, 50, 30, 20];
  const tallest = Math.max(1, ...counts);
  const parts = counts.map((count, i) => {
    const tall = (height * count) / tallest;
    const x = left + i * step;
    return (
      `<rect x="${x + 4}" y="${(top + height - tall).toFixed(1)}" width="${step - 8}" height="${tall.toFixed(1)}" rx="3" class="bar"/>` +
      `<text x="${x + step / 2}" y="${(top + height - tall - 4).toFixed(1)}" text-anchor="middle" class="value">${count || ''}</text>`
    );
  });
  const ticks = Array.from(
    { length: 11 },
    (_, i) =>
      `<text x="${left + i * step}" y="${top + height + 18}" text-anchor="middle">${(i / 10).toFixed(1)}</text>`,
  );
  const line = `<line x1="${left}" x2="${left + 10 * step}" y1="${top + height}" y2="${top + height}" class="axis"/>`;
  const told = counts.map(
    (count, i) => `${count} from ${(i / 10).toFixed(1)} to ${((i + 1) / 10).toFixed(1)}`,
  );
  return svg(
    title,
    left + 10 * step + 20,
    top + height + 26,
    parts.join('') + line + ticks.join(''),
    `${title}: ${told.join(', ')}.`,
  );
}

/** Which share of people is found in the asked pose as the ruler grows stricter. */
export function strictnessPlot(
  title: string,
  curves: readonly {
    readonly label: string;
    readonly className: string;
    readonly similarities: readonly number[];
  }[],
): string {
  const [left, top, width, height] = [40, 12, 460, 170];
  const x = (threshold: number) => left + (width * (threshold - 0.3)) / 0.65;
  const y = (share: number) => top + height * (1 - share);
  const thresholds = Array.from({ length: 66 }, (_, i) => 0.3 + i / 100);
  const parts = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${left}" x2="${left + width}" y1="${y(share)}" y2="${y(share)}" class="grid"/>` +
      `<text x="${left - 8}" y="${y(share) + 4}" text-anchor="end">${100 * share}</text>`,
  );
  for (const threshold of [0.3, 0.5, 0.75, 0.95]) {
    parts.push(
      `<text x="${x(threshold)}" y="${top + height + 18}" text-anchor="middle">${threshold.toFixed(2)}</text>`,
    );
  }
  const share = (values: readonly number[], threshold: number) =>
    values.filter((value) => value >= threshold).length / Math.max(1, values.length);
  for (const { className, similarities } of curves) {
    const points = thresholds.map((t) => `${x(t).toFixed(1)},${y(share(similarities, t)).toFixed(1)}`);
    parts.push(`<polyline points="${points.join(' ')}" class="${className}" fill="none"/>`);
  }
  const told = curves.map(
    ({ label, similarities }) =>
      `${label}: ${[0.5, 0.75, 0.95].map((t) => `${percent(share(similarities, t))} at ${t}`).join(', ')}`,
  );
  return svg(title, left + width + 20, top + height + 26, parts.join(''), `${title}. ${told.join('; ')}.`);
}

function svg(title: string, width: number, height: number, content: string, description: string): string {
  return `<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(description)}"><title>${escapeHtml(title)}</title>${content}</svg>`;
}
