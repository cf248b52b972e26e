import { encodePng, parseRequest } from '@stable-pose/core';
import { Command } from 'commander';
import { builtInPoses } from '../demo/demo-pictures.ts';
import { addGenerateOptions, type GenerateOptions } from '../generate-options.ts';
import { makePictures } from '../make-pictures.ts';
import { writePictureFile } from '../metadata/picture-file.ts';
import { createEngine, type OpenedModel, openModelFiles } from '../open-engine.ts';
import { createProgressBar } from '../progress-bar.ts';
import { readRequestInputs, requestFromOptions } from '../request-from-options.ts';
import { beside, resultPath } from '../result-paths.ts';
import { scoreWords } from '../score-words.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { type CutOut, writeCutOuts } from '../write-cut-outs.ts';
import { proveWritable, writeWholeFile } from '../write-file.ts';

const examples = `
Examples:
  A picture in a built-in pose:
    stable-pose generate "a woman in a red dress, from the front" --pose standing-front

  Four of them, in your own pose, each from another seed:
    stable-pose generate "a dancer in a city at night" --pose dancer.json --count 4 --out pictures/

  The same picture again, finer and with another colour:
    stable-pose generate "a woman in a blue dress, from the front" --from stable-pose-41.png --steps 40

  Move the people, keep the rest:
    stable-pose generate --from stable-pose-41.png --pose arms-up-front --repose

  Draw a part anew:
    stable-pose generate "a green jacket" --image photo.jpg --mask jacket.png --pose photo.json

  Stable Diffusion 1.5 with the published Stable-Pose adapter and a LoRA:
    stable-pose generate "a knight" --model v1-5-pruned.safetensors --adapter stable_pose.ckpt \\
      --lora paper.safetensors:0.7 --pose knight.json --width 512 --height 768

Built-in poses: ${builtInPoses.join(', ')}.

A prompt weighs words so: (word:1.3) stronger, (word:0.7) weaker.`;

export function generateCommand(): Command {
  const command = new Command('generate')
    .summary('make pictures from words and a pose')
    .description(
      'Makes pictures of people in the asked pose. Each PNG carries its request and can be fed back with --from.',
    )
    .argument('[prompt]', 'what to draw, in words')
    .addHelpText('after', examples)
    .action((prompt: string | undefined, options: GenerateOptions) =>
      withInterrupt((signal) => generate(prompt, options, signal)),
    );
  return addGenerateOptions(command);
}

/** What is odd about the files that were named. What a whole model holds beside its networks is told by `models inspect`. */
function warningsOf({ model, adapters }: OpenedModel, options: GenerateOptions): readonly string[] {
  return [
    ...(options.adapter ? Object.values(adapters).flatMap(({ warnings = [] }) => warnings) : []),
    ...(options.lora ? (model.warnings ?? []).filter((warning) => warning.startsWith('LoRA ')) : []),
  ];
}

async function generate(
  prompt: string | undefined,
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<void> {
  resultPath(options.out, 0, 1);
  const tell = (words: string) => process.stderr.write(`${words}\n`);
  const inputs = await readRequestInputs(prompt, options);
  const files = await openModelFiles(options);
  let dispose = () => files.dispose();
  const bar = createProgressBar();
  try {
    const { request: input, notes } = requestFromOptions(prompt, options, inputs, files);
    const request = parseRequest(input);
    for (const note of notes) tell(note);
    for (const warning of warningsOf(files, options)) tell(warning);
    if (options.printRequest) {
      process.stdout.write(`${JSON.stringify(request, null, 2)}\n`);
      return;
    }
    await proveWritable(resultPath(options.out, request.seed, request.count));
    bar.update(0, 'starting');
    const engine = createEngine(files, options);
    dispose = () => engine.dispose().finally(() => files.dispose());
    const previewPath = beside(resultPath(options.out, request.seed, 1), 'preview');
    const { pictures, seconds } = await makePictures(engine, request, {
      signal,
      bar,
      onPreview: (raster) => writeWholeFile(previewPath, encodePng(raster)),
    });
    bar.stop();
    const made = [];
    const cutOuts: CutOut[] = [];
    // The chosen ones first; those that they were chosen from beside them, unless one file was named.
    const chosen = new Set(pictures);
    const all = pictures.flatMap((picture) => [picture, ...(picture.others ?? [])]);
    for (const picture of all) {
      const named = resultPath(options.out, picture.seed, pictures.length);
      const path = chosen.has(picture) ? named : beside(named, `seed-${picture.seed}`);
      await writeWholeFile(
        path,
        writePictureFile(picture.raster, picture.request, {
          modelName: files.model.config.name,
          score: picture.score,
        }),
      );
      if (options.skeleton && picture.hint)
        await writeWholeFile(beside(path, 'skeleton'), encodePng(picture.hint));
      if (options.matte) cutOuts.push({ path: beside(path, 'matte'), raster: picture.raster });
      made.push({
        file: path,
        seed: picture.seed,
        isChosen: chosen.has(picture),
        ...(picture.score ? { score: picture.score } : {}),
        warnings: picture.warnings,
      });
      for (const warning of picture.warnings) tell(warning);
      if (!options.json) process.stdout.write(`${path}\n`);
      if (picture.score) tell(scoreWords(picture.score));
    }
    if (cutOuts.length > 0) await writeCutOuts(cutOuts, options.threads, signal);
    const { device } = await engine.describe();
    if (options.json) {
      const result = {
        pictures: made,
        seconds,
        device,
        model: files.model.config.name,
      };
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    } else {
      tell(
        `${pictures.length === 1 ? 'One picture' : `${pictures.length} pictures`} in ${seconds.toFixed(1)} s on ${device}.`,
      );
    }
  } finally {
    bar.stop();
    await dispose();
  }
}
