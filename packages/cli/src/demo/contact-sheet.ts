/** One row of the sheet. */
export interface SheetPicture {
  readonly title: string;
  readonly prompt: string;
  /** PNG files. */
  readonly picture: Uint8Array;
  readonly skeleton: Uint8Array;
  readonly fileName: string;
  readonly people: number;
  readonly seed: number;
  readonly steps: number;
  readonly seconds: number;
  /** Similarity of the found to the asked poses, 0 to 1. */
  readonly score?: number;
  /** PNG files of the tries that were further from the pose. */
  readonly others: readonly Uint8Array[];
}

export interface SheetFacts {
  readonly modelName: string;
  readonly device: string;
  readonly totalSeconds: number;
}

/** A page with every picture beside its skeleton, in one file that can be sent to somebody. */
export function contactSheet(pictures: readonly SheetPicture[], facts: SheetFacts): string {
  const people = pictures.reduce((sum, { people }) => sum + people, 0);
  const hasOthers = pictures.some(({ others }) => others.length > 0);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stable Pose: ${pictures.length} pictures</title>
<style>${style}</style>
<header>
  <p class="mark" aria-hidden="true">${mark}</p>
  <h1>A pose and a sentence</h1>
  <p class="lead">Each skeleton was drawn by hand. Each picture was made from it on this machine, with the sentence below it.${hasOthers ? ' Of several tries the one whose people a pose detector found nearest to the skeleton is large; the others are below it.' : ''}</p>
  <dl>
    ${fact('Pictures', String(pictures.length))}
    ${fact('People', String(people))}
    ${fact('Model', facts.modelName)}
    ${fact('Device', facts.device)}
    ${fact('Time', `${facts.totalSeconds.toFixed(0)} s`)}
  </dl>
</header>
<main>
${pictures.map(card).join('\n')}
</main>
<footer>Any of these pictures can be made again, or changed, from itself: <code>stable-pose generate --from ${escapeHtml(pictures[0]?.fileName ?? 'picture.png')}</code></footer>
</html>
`;
}

function card(picture: SheetPicture): string {
  const { title, prompt, seed, steps, seconds, people, score, others } = picture;
  const who = people === 1 ? 'one person' : `${people} people`;
  return `<figure>
  <div class="pair">
    <img src="${dataUrl(picture.picture)}" width="256" height="256" alt="${escapeHtml(`Picture made from the words: ${prompt}`)}">
    <img src="${dataUrl(picture.skeleton)}" width="256" height="256" alt="${escapeHtml(`The skeleton it was made from: ${title.toLowerCase()}, ${who}`)}">
  </div>
  ${others.length > 0 ? `<div class="others">${others.map(other).join('')}</div>` : ''}
  <figcaption>
    <h2>${escapeHtml(title)}</h2>
    <p>${escapeHtml(prompt)}</p>
    <dl>${fact('seed', String(seed))}${fact('steps', String(steps))}${fact('seconds', seconds.toFixed(1))}${score === undefined ? '' : fact('pose', score.toFixed(2))}</dl>
  </figcaption>
</figure>`;
}

const other = (png: Uint8Array, index: number): string =>
  `<img src="${dataUrl(png)}" width="64" height="64" alt="Try ${index + 2}, further from the pose">`;
const fact = (name: string, value: string): string =>
  `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`;
const dataUrl = (png: Uint8Array): string => `data:image/png;base64,${Buffer.from(png).toString('base64')}`;

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** A small figure in the skeleton's own colours. */
const mark = `<svg viewBox="0 0 48 64" width="36" height="48" fill="none" stroke-width="5" stroke-linecap="round">
<path d="M17 20 8 10" stroke="#56dbb1"/><path d="M31 20l9 9" stroke="#56db7f"/><path d="M8 10 4 2" stroke="#56a1db"/>
<path d="m40 29 5-8" stroke="#56d3db"/><path d="m17 20 3 18" stroke="#6f56db"/><path d="m31 20-3 18" stroke="#566fdb"/>
<path d="m20 38-3 13" stroke="#d256db"/><path d="m28 38 6 11" stroke="#a056db"/><path d="m17 51-2 11" stroke="#db5680"/>
<path d="m34 49 4 13" stroke="#db56b2"/><path d="M24 8v0" stroke="#db9056" stroke-width="11"/></svg>`;

const style = `
:root { color-scheme: light dark; --ground: #f6f4f0; --paper: #fff; --ink: #1d1c1a; --faint: #77726a; --line: #e4dfd6; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #141316; --paper: #1e1d21; --ink: #f1eee8; --faint: #98938b; --line: #2f2d33; }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  max-width: 1240px; margin: 0 auto; padding: clamp(28px, 6vw, 72px) clamp(16px, 4vw, 40px) 48px; }
.mark { margin-bottom: 20px; line-height: 0; }
h1 { font: 500 clamp(34px, 6vw, 60px)/1.05 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; letter-spacing: -.02em; }
.lead { color: var(--faint); font-size: 18px; max-width: 34em; margin: 14px 0 28px; text-wrap: pretty; }
dl { display: flex; flex-wrap: wrap; gap: 6px 28px; font-variant-numeric: tabular-nums; }
dt { color: var(--faint); font-size: 12px; }
dd { font-weight: 550; }
header dl { border-top: 1px solid var(--line); padding-top: 16px; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 28px; margin: 44px 0 40px; }
figure { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; display: flex; flex-direction: column; }
.pair { display: grid; grid-template-columns: 1fr 1fr; background: #000; }
.others { display: flex; flex-wrap: wrap; gap: 6px; padding: 10px 22px; border-bottom: 1px solid var(--line); }
.others img { width: 64px; border-radius: 4px; }
img { display: block; width: 100%; height: auto; }
figcaption { padding: 20px 22px 18px; display: flex; flex-direction: column; gap: 8px; flex: 1; }
h2 { font: 500 22px/1.2 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; letter-spacing: -.01em; }
figcaption p { color: var(--faint); text-wrap: pretty; }
figcaption dl { margin-top: auto; padding-top: 12px; gap: 4px 24px; font-size: 13px; }
figcaption dl div { display: flex; gap: 7px; align-items: baseline; }
footer { color: var(--faint); border-top: 1px solid var(--line); padding-top: 18px; font-size: 14px; }
code { font: 13px ui-monospace, Menlo, Consolas, monospace; color: var(--ink); overflow-wrap: anywhere; }
`;
