import { useStudio } from './studio-context.ts';

/** A sentence of an engine in the panel's language, as far as it is known; else in English, as the engine says it. */
export function EngineWords({ words }: { readonly words: string }) {
  const { engineWords } = useStudio().text.value;
  const translated = engineWords?.(words);
  if (!engineWords || translated !== undefined) return <>{translated ?? words}</>;
  return <span lang="en">{words}</span>;
}
