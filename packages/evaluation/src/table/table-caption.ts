import { drawnBy } from './drawn-by.ts';
import type { Methods } from './methods.ts';
import { settingsInWords } from './settings-in-words.ts';

/** What all methods of a table share, and how they were trained. */
export function tableCaption(methods: Methods, ruler: string): string {
  const all = [...methods.values()].flat();
  const { entries, ceiling, seeds } = all[0]!;
  const most = ceiling?.rulers[ruler];
  const budget = all.find((report) => report.budget)?.budget;
  const trainingSeeds = [...new Set(all.flatMap((report) => report.budget?.seed ?? []))].sort(
    (a, b) => a - b,
  );
  const adapted = all.filter((report) => drawnBy(report, 'adapter') !== '');
  const bases = new Set(adapted.map((report) => drawnBy(report, 'model')));
  const trained = [...methods].flatMap(([method, reports]) => {
    const words = [...new Set(reports.flatMap(({ training }) => training ?? []))];
    return words.length > 0 ? [`${method}: ${words.join('; ')}`] : [];
  });
  const count = (value: number) => value.toLocaleString('en');
  return [
    `${entries} entries, noise seeds ${seeds.join(', ')}; ${settingsInWords(methods).shared}; measured by ${ruler}.`,
    most && most.ap >= 0
      ? `On ${ceiling.source} of these entries the same ruler reaches AP ${(100 * most.ap).toFixed(1)}.`
      : '',
    budget
      ? `One training budget: ${count(budget.steps)} steps on ${count(budget.rows)} rows; training seeds ${trainingSeeds.join(', ')}.`
      : '',
    bases.size > 1 ? 'The adapters do not all stand on the same base.' : '',
    trained.length > 0 ? `Trained: ${trained.join('. ')}.` : '',
  ]
    .filter((line) => line !== '')
    .join(' ');
}
