import type { EvaluationReport } from '../report/evaluation-report.ts';
import type { Methods } from './methods.ts';

/** Settings that all methods share, and what a method has of others; its runs have the same. */
export function settingsInWords(methods: Methods): {
  readonly shared: string;
  readonly own: (runs: readonly EvaluationReport[]) => string;
} {
  const all = [...methods.values()].flat().map(({ settings }) => settings);
  const names = [...new Set(all.flatMap((settings) => Object.keys(settings)))];
  const isShared = (name: string) =>
    new Set(all.map((settings) => JSON.stringify(settings[name]))).size === 1;
  const words = (settings: EvaluationReport['settings'], chosen: readonly string[]) =>
    chosen
      .filter((name) => settings[name] !== undefined)
      .map((name) => {
        const value = settings[name];
        return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
      })
      .join(', ');
  const differing = names.filter((name) => !isShared(name));
  return {
    shared: words(all[0]!, names.filter(isShared)),
    own: ([run]) => words(run!.settings, differing),
  };
}
