import { escapeHtml } from './escape-html.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import type { Figures } from './figures.ts';
import { type Measured, similarities } from './figures.ts';
import { type Bar, barPlot, similarityPlot, strictnessPlot } from './plots.ts';
import { poseSvg } from './pose-svg.ts';

/** How many of the best and of the worst pictures are shown. */
const shown = 8;

/** Rulers' names as people read them. */
const rulerNames: Readonly<Record<string, string>> = { movenet: 'MoveNet', own: 'our own network' };
const called = (ruler: string) => rulerNames[ruler] ?? ruler;

/**
 * `report.html`: what `report.json` says as one page for people, with the best and the worst pictures beside the asked and
 * the found pose. It lies in the run's folder and shows its pictures from there.
 * @param measured made and given pictures, of the report's run
 */
export function reportPage(report: EvaluationReport, measured: readonly Measured[]): string {
  const made = measured.filter(({ result }) => result.kind === 'made');
  const given = measured.filter(({ result }) => result.kind === 'given');
  const [ruler] = Object.keys(report.rulers) as [string];
  const ranked = made
    .map((one) => ({ one, value: meanOf(similarities(one, ruler)) }))
    .sort((a, b) => b.value - a.value);
  const half = Math.min(shown, Math.floor(ranked.length / 2));
  const people = made.reduce((sum, { entry }) => sum + entry.poses.length, 0);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of ${escapeHtml(report.method)}</title>
<style>${style}</style>
<header>
  <p class="eyebrow">Stable Pose, evaluation</p>
  <h1>${escapeHtml(report.method)}</h1>
  <p class="lead">${made.length} pictures of ${people} people were made from words and skeletons that no training has seen. ${capital(called(ruler))} then looked for each person: this page says how often it found the asked pose.</p>
</header>
<main>
${headline(report)}
<section>
  <h2>Front, side, rear; one, two, three people</h2>
  <p>Average precision (AP): 100 when every person is found exactly as asked, also by the strictest of ten lines.${report.ceiling ? ` The stroke marks what the same eye reaches on ${escapeHtml(report.ceiling.source)}: more cannot be asked for.` : ''}</p>
  <div class="sheet two">${[
    barPlot('Average precision by view', bars(report.byView, report.ceiling?.byView)),
    barPlot(
      'Average precision by the number of people',
      bars(report.byPeople, report.ceiling?.byPeople, peopleWords),
    ),
  ].join('')}</div>
  ${groupTable(report)}
</section>
<section class="two">
  <div>
    <h2>How near each person is</h2>
    <p>Keypoint similarity of each asked person: 1 is exact, 0 is nobody there.</p>
    <div class="sheet">${similarityPlot(
      'People by keypoint similarity',
      made.flatMap((one) => similarities(one, ruler)),
    )}</div>
  </div>
  <div>
    <h2>As the eye grows stricter</h2>
    <p>Share of people whose similarity is at least so much. ${given.length > 0 ? '<span class="key made-key"></span> made <span class="key given-key"></span> the list’s own pictures' : ''}</p>
    <div class="sheet">${strictnessPlot('Share of people above each similarity', [
      ...(given.length > 0
        ? [
            {
              label: 'the list’s own pictures',
              className: 'curve given',
              similarities: given.flatMap((one) => similarities(one, ruler)),
            },
          ]
        : []),
      {
        label: 'made',
        className: 'curve made',
        similarities: made.flatMap((one) => similarities(one, ruler)),
      },
    ])}</div>
  </div>
</section>
${gallery('Nearest to the asked pose', ranked.slice(0, half), ruler)}
${gallery('Farthest from it', ranked.slice(ranked.length - half).reverse(), ruler)}
<section>
  <h2>All figures</h2>
  ${rulerTable(report)}
  <p class="note">Arithmetic is corrected where the released code slips; “as released” keeps its slips, to stand beside published figures. AP, AP50, AP75, AR and SAP are in points of 100; PCE is people too many or too few a picture.</p>
</section>
<section>
  <h2>What made it</h2>
  ${madeBy(report)}
</section>
</main>
</html>
`;
}

function headline(report: EvaluationReport): string {
  const { ap, ap50, pce, colour, shareOfCeiling, ceiling, secondsPerPicture } = report;
  const cards = [
    card('AP', points(ap), ceiling ? `of ${points(ceiling.ap)} that can be seen` : 'of 100'),
    ...(shareOfCeiling && shareOfCeiling.ap >= 0
      ? [card('Share of the ceiling', `${points(shareOfCeiling.ap)} %`, 'AP by what the eye can see')]
      : []),
    card('AP50', points(ap50), 'people found roughly as asked'),
    card('People miscounted', pce.toFixed(2), 'a picture, on average'),
    ...(colour
      ? [card('Colours right', `${points(colour.one)} %`, `one person; several: ${points(colour.several)} %`)]
      : []),
    card('Seconds', secondsPerPicture.toFixed(1), 'a picture, looking at it included'),
  ];
  return `<dl class="cards">${cards.join('')}</dl>`;
}

const card = (name: string, value: string, words: string) =>
  `<div><dt>${escapeHtml(name)}</dt><dd><strong>${escapeHtml(value)}</strong><span>${escapeHtml(words)}</span></dd></div>`;

const points = (share: number) => (share < 0 ? '–' : (100 * share).toFixed(1));
const peopleWords = (people: string) => ({ '1': 'one', '2': 'two', '3': 'three' })[people] ?? people;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function bars(
  own: Readonly<Record<string, Figures>>,
  most: Readonly<Record<string, Figures>> | undefined,
  words: (key: string) => string = (key) => key,
): Bar[] {
  return Object.entries(own).map(([key, { ap }]) => ({
    label: words(key),
    value: ap,
    most: most?.[key]?.ap,
  }));
}

function groupTable({ byView, byPeople, ceiling, shareOfCeiling }: EvaluationReport): string {
  const rows = [
    ...Object.entries(byView).map(([key, figures]) => ({
      label: capital(key),
      figures,
      most: ceiling?.byView[key],
      share: shareOfCeiling?.byView[key],
    })),
    ...Object.entries(byPeople).map(([key, figures]) => ({
      label: `${capital(peopleWords(key))} ${key === '1' ? 'person' : 'people'}`,
      figures,
      most: ceiling?.byPeople[key],
      share: shareOfCeiling?.byPeople[key],
    })),
  ];
  const body = rows.map(
    ({ label, figures, most, share }) =>
      `<tr><th scope="row">${escapeHtml(label)}</th><td>${figures.pictures}</td><td>${points(figures.ap)}</td><td>${points(figures.ap50)}</td><td>${points(figures.ar)}</td><td>${points(figures.sap)}</td><td>${most ? points(most.ap) : '–'}</td><td>${share === undefined || share < 0 ? '–' : `${points(share)} %`}</td></tr>`,
  );
  return table(['', 'Pictures', 'AP', 'AP50', 'AR', 'SAP', 'AP at best', 'Share of it'], body);
}

function rulerTable({ rulers, ceiling }: EvaluationReport): string {
  const row = (label: string, f: Figures) =>
    `<tr><th scope="row">${escapeHtml(label)}</th><td>${points(f.ap)}</td><td>${points(f.ap50)}</td><td>${points(f.ap75)}</td><td>${points(f.ar)}</td><td>${points(f.sap)}</td><td>${f.pce.toFixed(2)}</td></tr>`;
  const rows = Object.entries(rulers).flatMap(([name, figures]) => [
    row(capital(called(name)), figures),
    row(`${capital(called(name))}, as released`, figures.asReleased),
    ...(ceiling?.rulers[name]
      ? [row(`${capital(called(name))} on ${ceiling.source}`, ceiling.rulers[name])]
      : []),
  ]);
  return table(['Eye', 'AP', 'AP50', 'AP75', 'AR', 'SAP', 'PCE'], rows);
}

const table = (heads: readonly string[], rows: readonly string[]) =>
  `<div class="scroll"><table><thead><tr>${heads.map((head) => (head === '' ? '<td></td>' : `<th scope="col">${escapeHtml(head)}</th>`)).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;

function gallery(
  title: string,
  pictures: readonly { readonly one: Measured; readonly value: number }[],
  ruler: string,
): string {
  if (pictures.length === 0) return '';
  return `<section>
  <h2>${escapeHtml(title)}</h2>
  <p>Each row: the skeleton asked for, the picture, and the pose that was found in it.</p>
  <div class="gallery">${pictures.map(({ one, value }) => figure(one, value, ruler)).join('\n')}</div>
</section>`;
}

function figure({ entry, result }: Measured, value: number, ruler: string): string {
  const { width, height } = entry;
  const found = (result.readings[ruler]?.found ?? []).filter((person) => person !== null);
  const box = `viewBox="0 0 ${width} ${height}"`;
  const file = encodeURI(result.file);
  const who = entry.poses.length === 1 ? 'one person' : `${entry.poses.length} people`;
  const colours = result.colours.map(
    ({ right, asked, garment, seen }) =>
      `<li class="${right ? 'right' : 'wrong'}">${escapeHtml(`${asked} ${garment}${right ? '' : `, seen as ${seen}`}`)}</li>`,
  );
  return `<figure>
  <div class="row">
    <svg ${box} role="img" aria-label="${escapeHtml(`The skeleton asked for: ${who}`)}"><rect width="${width}" height="${height}" fill="#000"/>${poseSvg(entry.poses, entry)}</svg>
    <img src="${file}" width="${width}" height="${height}" loading="lazy" alt="${escapeHtml(`Picture made from the words: ${entry.prompt}`)}">
    <svg ${box} role="img" aria-label="${escapeHtml(`The same picture with the pose that was found: ${found.length} of ${entry.poses.length}`)}"><image href="${file}" width="${width}" height="${height}" opacity=".45"/>${poseSvg(
      found.map(({ keypoints }) => keypoints),
      entry,
    )}</svg>
  </div>
  <figcaption><p><strong>${value.toFixed(2)}</strong> ${escapeHtml(entry.prompt)}</p>${colours.length > 0 ? `<ul>${colours.join('')}</ul>` : ''}<p class="small">${escapeHtml(`${entry.name}, seed ${result.noiseSeed}`)}</p></figcaption>
</figure>`;
}

function madeBy(report: EvaluationReport): string {
  const {
    command,
    seeds,
    weights,
    settings,
    training,
    budget,
    device,
    entries,
    fid,
    kid,
    featureNetwork,
    clipScore,
  } = report;
  const facts: [string, string][] = [
    ['Entries', String(entries)],
    ['Seeds', seeds.join(', ')],
    ...Object.entries(settings).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
    ...(training === null ? [] : [['Trained', training] as [string, string]]),
    ...(budget === null
      ? []
      : [
          [
            'Trained for',
            `${budget.steps} steps, ${budget.rows.toLocaleString('en')} rows; training seed ${budget.seed}`,
          ] as [string, string],
        ]),
    ['Device', device],
    ...(fid === null ? [] : [[`FID (${featureNetwork})`, fid.toFixed(2)] as [string, string]]),
    ...(kid === null
      ? []
      : [[`KID x 1000 (${featureNetwork})`, (1000 * kid.mean).toFixed(2)] as [string, string]]),
    ...(clipScore === null ? [] : [['CLIP score', clipScore.toFixed(2)] as [string, string]]),
  ];
  const hashes = Object.entries(weights).map(
    ([name, hash]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td><code>${escapeHtml(hash)}</code></td></tr>`,
  );
  return `<pre><code>${escapeHtml(command)}</code></pre>
  <dl class="facts">${facts.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>
  ${table(['Weights', 'SHA-256'], hashes)}`;
}

const meanOf = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const style = `
:root { color-scheme: light dark; --ground: #f6f4f0; --paper: #fff; --ink: #1d1c1a; --faint: #6b665f; --line: #e4dfd6;
  --bar: #3f6fd8; --track: #ece7de; --most: #1d1c1a; --good: #1f7a4d; --bad: #b3372f; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #141316; --paper: #1e1d21; --ink: #f1eee8; --faint: #a39e95; --line: #2f2d33;
    --bar: #7ea2f5; --track: #2c2a30; --most: #f1eee8; --good: #6fce9d; --bad: #f08b83; }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  max-width: 1180px; margin: 0 auto; padding: clamp(28px, 6vw, 72px) clamp(16px, 4vw, 40px) 64px; }
.eyebrow { color: var(--faint); font-size: 13px; margin-bottom: 10px; }
h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; font-weight: 500; letter-spacing: -.015em; }
h1 { font-size: clamp(34px, 6vw, 56px); line-height: 1.05; }
h2 { font-size: 24px; line-height: 1.2; margin-bottom: 6px; }
.lead { color: var(--faint); font-size: 18px; max-width: 40em; margin: 14px 0 0; text-wrap: pretty; }
section { margin-top: 56px; }
section > p, .two p { color: var(--faint); max-width: 46em; margin-bottom: 16px; text-wrap: pretty; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 40px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; background: var(--line);
  border: 1px solid var(--line); border-radius: 14px; overflow: hidden; margin-top: 36px; }
.cards > div { background: var(--paper); padding: 18px 20px 16px; }
.cards dt { color: var(--faint); font-size: 13px; }
.cards dd { margin-top: 2px; }
.cards strong { display: block; font-size: 30px; font-weight: 550; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.cards span { color: var(--faint); font-size: 13px; }
.sheet { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 20px 22px; }
.plot { display: block; width: 100%; max-width: 640px; height: auto; font: 13px system-ui, sans-serif; }
.plot text { fill: var(--ink); font-variant-numeric: tabular-nums; }
.plot .track { fill: var(--track); }
.plot .bar { fill: var(--bar); }
.plot .most { stroke: var(--most); stroke-width: 2; }
.plot .axis, .plot .grid { stroke: var(--line); }
.plot .curve { stroke-width: 2.5; stroke: var(--bar); }
.plot .given { stroke: var(--faint); stroke-dasharray: 5 4; }
.key { display: inline-block; width: 22px; height: 0; border-top: 3px solid var(--bar); vertical-align: middle; margin: 0 2px 0 6px; }
.given-key { border-top: 2px dashed var(--faint); }
.scroll { overflow-x: auto; margin-top: 16px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 8px 14px 8px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--faint); font-weight: 500; font-size: 13px; }
th:first-child { text-align: left; font-weight: 500; }
td code { white-space: normal; overflow-wrap: anywhere; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 20px; }
figure { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; }
.row { display: grid; grid-template-columns: repeat(3, 1fr); background: #000; }
.row > * { display: block; width: 100%; height: auto; }
figcaption { padding: 14px 18px 16px; color: var(--faint); font-size: 14px; }
figcaption p { text-wrap: pretty; }
figcaption strong { color: var(--ink); font-variant-numeric: tabular-nums; margin-right: 6px; }
figcaption ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 14px; margin-top: 6px; }
.right::before { content: "✓ "; color: var(--good); }
.wrong::before { content: "✗ "; color: var(--bad); }
.small, .note { font-size: 13px; color: var(--faint); margin-top: 8px; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 32px; margin: 16px 0; }
.facts dt { color: var(--faint); font-size: 13px; }
.facts dd { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; overflow-x: auto; }
code { font: 13px ui-monospace, Menlo, Consolas, monospace; }
`;
