import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { encodePng, type ModelConfig, StablePoseError } from '@stable-pose/core';
import {
  compareFeatures,
  createClipEmbedder,
  createInceptionNetwork,
  type DatasetSplit,
  datasetSplits,
  type EvaluationReport,
  evaluationReport,
  type Measured,
  type PictureResult,
  type ReportFacts,
  type Ruler,
  reportPage,
  runEvaluation,
  scoreWords,
  type TrainingBudget,
} from '@stable-pose/evaluation';
import { openClip, openInception } from '@stable-pose/models';
import { Command, Option } from 'commander';
import { type EvaluationInputs, readEvaluationInputs } from '../evaluation/evaluation-inputs.ts';
import { readTrainingBudget } from '../evaluation/read-training-budget.ts';
import { reportText } from '../evaluation/report-text.ts';
import { resultsSheet } from '../evaluation/results-sheet.ts';
import { addEngineOptions, type EngineOptions, wholeNumber } from '../generate-options.ts';
import { hashWeights } from '../hash-weights.ts';
import { nameOf } from '../name-of.ts';
import { type Engine, type OpenedModel, openModelFiles, pathOfModel, startEngine } from '../open-engine.ts';
import { eyesFolder, installedEyes, openHeatMapDetector } from '../open-eyes.ts';
import { openInstalledMoveNet } from '../open-movenet.ts';
import { createProgressBar, type ProgressBar } from '../progress-bar.ts';
import { readRaster } from '../read-raster.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { writeWholeFile } from '../write-file.ts';

interface EvaluateOptions extends EngineOptions {
  readonly poses?: string;
  readonly out: string;
  readonly method?: string;
  readonly training?: string;
  readonly drawPose: boolean;
  readonly steps?: number;
  readonly guidance?: number;
  readonly scheduler?: string;
  readonly seeds: readonly number[];
  readonly limit?: number;
  readonly rulers?: readonly RulerName[];
  readonly side: number;
  readonly split?: DatasetSplit;
  readonly features?: string;
  readonly clip?: string;
  readonly ceiling?: string;
  readonly json?: boolean;
}

const rulerNames = ['movenet', 'own'] as const;
type RulerName = (typeof rulerNames)[number];

const examples = `
Examples:
  The model that ships inside, on the list that ships with it:
    stable-pose evaluate --out out/evaluation

  Only a part of it, as a first look; the same command without --limit goes on from there:
    stable-pose evaluate --out out/evaluation --limit 12

  Another adapter on the same base, to compare:
    stable-pose evaluate --adapter controlnet.safetensors --out out/controlnet

  Stable Diffusion 1.5 with the published weights, on Human-Art's validation pictures:
    stable-pose evaluate --poses data/HumanArt --split validation --model v1-5-pruned.safetensors \\
      --adapter stable_pose_humanart.ckpt --steps 50 --guidance 7.5 --out out/human-art

A list is JSON: [{ "prompt", "width", "height", "view": "front" | "side" | "rear", "poses": [[[x, y, score] x 17]] }], and may
say "picture" (a file of just this, on which the ruler is tried) and "garments" (to check colours).
A run that was stopped or killed goes on when the same command is given again.`;

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .summary('how well asked poses are met, measured and shown')
    .description(
      'Draws every entry of a list, finds the people with a pose detector that no training has seen, and writes report.json, report.html and the pictures.',
    )
    .optionsGroup('On what:')
    .option('--poses <path>', 'a list of poses, or a data set; the list that ships when left out')
    .option('--limit <n>', 'only the first n entries', wholeNumber(1, 1_000_000))
    .option('--seeds <n...>', 'draw each entry once with each', seeds)
    .option('--side <pixels>', 'of a data set’s pictures', wholeNumber(64, 8192), 512)
    .addOption(new Option('--split <name>', 'of a data set').choices([...datasetSplits]))
    .optionsGroup('How:')
    .option('--method <name>', 'what to call it in tables; the adapter’s kind when left out')
    .option(
      '--training <words>',
      'how the weights were trained, for the report; steps, rows and seed are read from the adapter’s config.json',
    )
    .option('--no-draw-pose', 'leave the poses out of the requests: what words alone give')
    .option('--steps <n>', 'of each picture', wholeNumber(1, 1000))
    .option('-g, --guidance <x>', 'how closely to follow the words', Number)
    .option('--scheduler <name>', 'the sampler')
    .addOption(
      new Option(
        '--rulers <name...>',
        'which detectors measure; all that are installed when left out',
      ).choices([...rulerNames]),
    )
    .option(
      '--features <file>',
      'published Inception weights (pt_inception-2015-12-05-6726825d.pth): FID and KID against the list’s pictures',
    )
    .option(
      '--clip <path>',
      'CLIP as published by OpenAI on Hugging Face (openai/clip-vit-large-patch14), a folder or file: the CLIP score',
    )
    .optionsGroup('Results:')
    .option('-o, --out <folder>', 'where they go', 'out/evaluation')
    .option(
      '--ceiling <file>',
      'only try the ruler on the list’s own pictures, and write what it reaches there',
    )
    .option('--json', 'print the report’s figures as JSON on standard output')
    .optionsGroup('With what:')
    .addHelpText('after', examples)
    .action((options: Partial<EvaluateOptions>) =>
      withInterrupt((signal) =>
        evaluate(
          {
            ...options,
            seeds: options.seeds ?? [0],
          } as EvaluateOptions,
          signal,
        ),
      ),
    );
  return addEngineOptions(command);
}

function seeds(text: string, before: readonly number[] = []): number[] {
  return [...before, ...text.split(',').map(wholeNumber(0, 4000))];
}

async function evaluate(options: EvaluateOptions, signal: AbortSignal): Promise<void> {
  const inputs = await readEvaluationInputs(options.poses, options);
  const files = await openModelFiles(options);
  const bar = createProgressBar();
  let dispose = () => files.dispose();
  try {
    bar.update(0, 'starting');
    const engine = await startEngine(files, options, signal);
    dispose = () => engine.dispose();
    await measure(options, inputs, files, engine, { bar, signal });
  } finally {
    bar.stop();
    await dispose();
  }
}

async function measure(
  options: EvaluateOptions,
  inputs: EvaluationInputs,
  files: OpenedModel,
  engine: Engine,
  { bar, signal }: { readonly bar: ProgressBar; readonly signal: AbortSignal },
): Promise<void> {
  const { out } = options;
  const { rulers, weights: rulerWeights } = await openRulers(options.rulers, engine);
  const isCeiling = options.ceiling !== undefined;
  const modelPath = await pathOfModel(options);
  const weights: Record<string, string> = {
    ...(isCeiling ? {} : await hashWeights('model', modelPath)),
    ...rulerWeights,
  };
  for (const { path } of isCeiling ? [] : (options.adapter ?? [])) {
    Object.assign(weights, await hashWeights(`adapter ${nameOf(path)}`, path));
  }
  const method = options.method ?? methodOf(options, files);
  const settings = settingsOf(options, files.model.config);
  const seeds = isCeiling ? [] : options.seeds;
  const told = { lines: 0 };
  try {
    const results = await runEvaluation({
      entries: inputs.entries,
      seeds,
      settings: { ...settings, ...adaptersOf(options, files) },
      withoutPoses: !options.drawPose,
      rulers,
      readPicture: readRaster,
      out,
      identity: { method, weights },
      signal,
      make: async (request, { signal: stop, onProgress }) => {
        const { pictures } = await engine.pipeline.generate(request, { signal: stop, onProgress });
        return pictures[0]!;
      },
      onProgress: ({ share, words, done, total, secondsRemaining }) => {
        const rest = secondsRemaining === undefined ? '' : `, ${timeWords(secondsRemaining)} to go`;
        bar.update(share, `${done}/${total} ${words}${rest}`);
        if (!process.stderr.isTTY && done > told.lines && words.includes(' of ')) {
          told.lines = done;
          process.stderr.write(`${words}${rest}\n`);
        }
      },
    });
    const distances = await distancesOf(options, inputs, results, engine, { bar, signal });
    const clip = await clipScoreOf(options, inputs, results, engine, { bar, signal });
    bar.stop();
    const report = evaluationReport(inputs.entries, results, {
      method,
      rulers: rulers.map(({ name }) => name),
      command: commandLine(),
      seeds,
      weights,
      settings: { ...settings, ...(options.drawPose ? {} : { poses: 'left out' }) },
      training: options.training,
      budget: await budgetOf(options, modelPath),
      device: engine.runtime.description,
      ...distances,
      clipScore: clip,
      knownCeiling: inputs.knownCeiling,
    });
    if (options.ceiling !== undefined) await writeCeiling(options.ceiling, report, results);
    else await writeReport(out, report, inputs, results, options.json);
  } catch (error) {
    bar.stop();
    if (StablePoseError.is(error) && error.code === 'cancelled') {
      process.stderr.write('What is measured so far is kept: the same command goes on from there.\n');
    }
    throw error;
  } finally {
    for (const { detector } of rulers) await detector.dispose();
  }
}

/** FID and KID, where Inception's weights were named. */
async function distancesOf(
  { features, out, ceiling }: EvaluateOptions,
  { entries }: EvaluationInputs,
  results: readonly PictureResult[],
  { runtime }: Engine,
  { bar, signal }: { readonly bar: ProgressBar; readonly signal: AbortSignal },
): Promise<Pick<ReportFacts, 'fid' | 'kid' | 'featureNetwork'>> {
  if (features === undefined || ceiling !== undefined) return {};
  const source = await openInception(features, { provider: runtime.provider });
  const network = createInceptionNetwork({ runtime, ...source });
  try {
    const distances = await compareFeatures({
      entries,
      results,
      out,
      network,
      readPicture: readRaster,
      signal,
      onProgress: (done, total) =>
        bar.update(done / total, `comparing with the list’s pictures ${done}/${total}`),
    });
    if (!distances) {
      process.stderr.write('The list has no pictures of its own, so there is no FID and no KID.\n');
      return {};
    }
    return { ...distances, featureNetwork: network.name };
  } finally {
    await network.dispose();
    await source.dispose();
  }
}

/** The CLIP score, where CLIP was named. */
async function clipScoreOf(
  { clip, out, ceiling }: EvaluateOptions,
  { entries }: EvaluationInputs,
  results: readonly PictureResult[],
  { runtime }: Engine,
  { bar, signal }: { readonly bar: ProgressBar; readonly signal: AbortSignal },
): Promise<number | undefined> {
  if (clip === undefined || ceiling !== undefined) return undefined;
  const source = await openClip(clip, { provider: runtime.provider });
  const embedder = createClipEmbedder({ runtime, ...source });
  try {
    return await scoreWords({
      entries,
      results,
      out,
      embedder,
      readPicture: readRaster,
      signal,
      onProgress: (done, total) => bar.update(done / total, `comparing with the words ${done}/${total}`),
    });
  } finally {
    await embedder.dispose();
    await source.dispose();
  }
}

/**
 * MoveNet, and our own network where it is installed. The first is the report's own.
 * @throws model-not-found when one that was named is not there
 */
async function openRulers(
  names: readonly RulerName[] | undefined,
  { runtime }: Engine,
): Promise<{ rulers: Ruler[]; weights: Record<string, string> }> {
  const rulers: Ruler[] = [];
  const weights: Record<string, string> = {};
  for (const name of names ?? rulerNames) {
    if (name === 'movenet') {
      const { detector, sha256 } = await openInstalledMoveNet(runtime);
      rulers.push({ name, detector });
      weights[`ruler ${name}`] = sha256;
    } else {
      if (names === undefined && (await installedEyes()) === undefined) continue;
      rulers.push({ name, detector: await openHeatMapDetector(runtime) });
      Object.assign(weights, await hashWeights(`ruler ${name}`, await eyesFolder()));
    }
  }
  return { rulers, weights };
}

const methodNames = {
  'stable-pose': 'Stable-Pose',
  controlnet: 'ControlNet',
  't2i-adapter': 'T2I-Adapter',
} as const;

function methodOf({ drawPose }: EvaluateOptions, { adapters }: OpenedModel): string {
  const kinds = Object.values(adapters).map(({ config }) => methodNames[config.kind]);
  return drawPose && kinds.length > 0 ? kinds.join(' + ') : 'No adapter';
}

/** Of the one adapter that takes part: what was trained with two budgets has none. */
async function budgetOf(
  { adapter, drawPose }: EvaluateOptions,
  modelPath: string,
): Promise<TrainingBudget | null> {
  if (!drawPose || (adapter && adapter.length > 1)) return null;
  return readTrainingBudget(adapter?.[0]?.path ?? modelPath);
}

/** What a request says of a model's own defaults too, so that the report tells it. */
function settingsOf({ steps, guidance, scheduler }: EvaluateOptions, { defaults }: ModelConfig) {
  return {
    steps: steps ?? defaults.steps ?? 20,
    guidanceScale: guidance ?? defaults.guidanceScale ?? 7.5,
    ...((scheduler ?? defaults.scheduler) ? { scheduler: (scheduler ?? defaults.scheduler) as never } : {}),
  };
}

/** The adapters of the command line, with their strengths; else the model's own, which requests need not name. */
function adaptersOf({ adapter, drawPose }: EvaluateOptions, { adapters }: OpenedModel) {
  if (!adapter || !drawPose) return {};
  return {
    adapters: adapter.map(({ path, strength, from = 0, to = 1 }) => {
      const model = nameOf(path);
      return { kind: adapters[model]?.config.kind, model, strength, from, to };
    }),
  };
}

async function writeReport(
  out: string,
  report: EvaluationReport,
  { entries }: EvaluationInputs,
  results: readonly PictureResult[],
  json: boolean | undefined,
): Promise<void> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const measured = results.map((result): Measured => ({ entry: byName.get(result.name)!, result }));
  await writeWholeFile(join(out, 'report.json'), reportText(report));
  await writeWholeFile(join(out, 'report.html'), reportPage(report, measured));
  const sheet = await resultsSheet(entries, results, (file) => readFile(join(out, file)));
  if (sheet) await writeWholeFile(join(out, 'sheet.png'), encodePng(sheet));
  if (json) {
    const { perPicture: _, ...figures } = report;
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    return;
  }
  const { ap, ap50, pce, byPeople, byView, shareOfCeiling, colour } = report;
  const points = (share: number) => (share < 0 ? 'none' : (100 * share).toFixed(1));
  const lines = [
    `${report.method}: AP ${points(ap)}, AP50 ${points(ap50)}, PCE ${pce.toFixed(2)}${shareOfCeiling ? `, ${points(shareOfCeiling.ap)} % of what the ruler can see` : ''}`,
    ...Object.entries({ ...byView, ...byPeople }).map(
      ([key, figures]) =>
        `  ${(/^\d+$/.test(key) ? `${key} ${key === '1' ? 'person' : 'people'}` : key).padEnd(9)} AP ${points(figures.ap)}`,
    ),
    ...(colour
      ? [`  colours right: one person ${points(colour.one)} %, several ${points(colour.several)} %`]
      : []),
    `Open ${join(out, 'report.html')}`,
    `Beside other methods: stable-pose compare ${join(out, 'report.json')} OTHER/report.json`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function writeCeiling(
  file: string,
  { ceiling }: EvaluationReport,
  results: readonly PictureResult[],
): Promise<void> {
  if (ceiling?.source !== "the list's own pictures") {
    throw new StablePoseError('invalid-input', 'The list has no pictures to try the ruler on.', {
      remedy: 'Draw them: python -m models.training.renderer.evaluation_list draw',
    });
  }
  // What was seen on each picture, so that runs on some of the entries have a ceiling of just these.
  const perPicture = results.map(({ name, entry, readings, colours }) => ({
    name,
    entry,
    readings,
    colours,
  }));
  await writeWholeFile(file, reportText({ ...ceiling, source: 'held-out renders', perPicture }));
  process.stdout.write(
    `AP ${(100 * ceiling.ap).toFixed(1)} on ${ceiling.pictures} pictures is in ${file}.\n`,
  );
}

function timeWords(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** The command as it was typed, paths below this folder made relative. */
function commandLine(): string {
  const words = process.argv.slice(2).map((word) => {
    const near = word.startsWith('/') ? relative('.', word) : word;
    const shorter = near.startsWith('..') ? word : near;
    return /^[\w@%+=:,./-]+$/.test(shorter) ? shorter : `'${shorter.replaceAll("'", "'\\''")}'`;
  });
  return `stable-pose ${words.join(' ')}`;
}
