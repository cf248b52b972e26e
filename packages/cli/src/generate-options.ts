import { schedulerNames, sigmaSpacings } from '@stable-pose/core';
import { nodeDevices } from '@stable-pose/core/onnx-node';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Where pictures are made: shared by every command that makes some. */
export interface EngineOptions {
  readonly model?: string;
  readonly config?: string;
  readonly adapter?: readonly AdapterFile[];
  readonly vae?: string;
  readonly lora?: readonly FileWithStrength[];
  readonly embedding?: readonly string[];
  readonly device: 'auto' | (typeof nodeDevices)[number];
  readonly threads?: number;
  readonly inPlace?: boolean;
  readonly inTurn?: boolean;
}

/** What `generate` was told; undefined where it was told nothing. */
export interface GenerateOptions extends EngineOptions {
  readonly pose?: readonly string[];
  readonly negative?: string;
  readonly width?: number;
  readonly height?: number;
  readonly seed?: number | 'random';
  readonly count?: number;
  readonly bestOf?: number;
  readonly score?: boolean;
  readonly steps?: number;
  readonly guidance?: number;
  readonly scheduler?: (typeof schedulerNames)[number];
  readonly spacing?: (typeof sigmaSpacings)[number];
  readonly eta?: number;
  readonly clipSkip?: number;
  readonly strength?: number;
  readonly poseFrom?: number;
  readonly poseTo?: number;
  readonly image?: string;
  readonly imageStrength?: number;
  readonly mask?: string;
  readonly maskFeather?: number;
  readonly maskInvert?: boolean;
  readonly repose?: boolean;
  readonly detail?: 2 | 4;
  readonly detailStrength?: number;
  readonly from?: string;
  readonly request?: string;
  readonly out?: string;
  readonly skeleton?: boolean;
  readonly matte?: boolean;
  readonly preview?: number;
  readonly previewAt?: number[];
  readonly previewHow: 'linear' | 'vae';
  readonly json?: boolean;
  readonly printRequest?: boolean;
}

/** `file.safetensors:0.8`; where no strength is said, it is what the stored request says, or 1. */
export interface FileWithStrength {
  readonly path: string;
  readonly strength?: number;
}

/** An adapter, and the share of the steps that it acts on: the stored request's, or all, when left out. */
export interface AdapterFile extends FileWithStrength {
  readonly from?: number;
  readonly to?: number;
}

export function addEngineOptions(command: Command): Command {
  return command
    .option(
      '-m, --model <path>',
      'checkpoint file, model folder, or name of a pulled model; the model that ships inside when left out',
    )
    .option('--config <file>', "the model's config.json, where none lies beside the checkpoint")
    .option(
      '--adapter <path[:strength[@from-to]]>',
      'pose adapter (Stable-Pose, ControlNet, T2I-Adapter), such as openpose.pth:0.8@0-0.6; again for several, which act together; the one in the model file when left out',
      adapterFile,
    )
    .option('--vae <file>', 'a VAE in place of the model’s own')
    .option(
      '--lora <file[:strength]>',
      'LoRA file, such as paper.safetensors:0.8; again for several',
      fileWithStrength,
    )
    .option('--embedding <file...>', 'textual inversions; the file’s name is the word')
    .addOption(
      new Option('-d, --device <name>', 'where to compute; tensorrt, dml and coreml are untested')
        .choices(['auto', ...nodeDevices])
        .default('auto'),
    )
    .option('--threads <n>', 'threads on the CPU', wholeNumber(1, 512))
    .option('--in-turn', 'hold only the part of the model that works: slower, in less memory')
    .option('--in-place', 'leave weights in their files: quick to open, little memory, slower steps');
}

export function addGenerateOptions(command: Command): Command {
  command
    .optionsGroup('What to draw:')
    .option('-p, --pose <file...>', 'pose files (stable-pose or OpenPose JSON), or names of built-in poses')
    .option('-n, --negative <words>', 'what to keep away from')
    .option('-W, --width <pixels>', 'a multiple of 64', wholeNumber(64, 8192))
    .option('-H, --height <pixels>', 'a multiple of 64', wholeNumber(64, 8192))
    .option('-s, --seed <n>', 'the same seed gives the same picture; another each time when left out', seed)
    .option('-c, --count <n>', 'how many pictures, of seed, seed + 1, ...', wholeNumber(1, 256))
    .option('--best-of <n>', 'draw so many of each, keep the one in the asked pose best', wholeNumber(1, 64))
    .option('--score', 'find the pose in each picture and say how near it is to the asked one')
    .optionsGroup('How to draw it:')
    .option('--steps <n>', 'more is finer and slower', wholeNumber(1, 1000))
    .option('-g, --guidance <x>', 'how closely to follow the words; 1 is not at all', numberFrom(0, 100))
    .addOption(new Option('--scheduler <name>', 'the sampler').choices([...schedulerNames]))
    .addOption(new Option('--spacing <name>', 'how noise levels are spread').choices([...sigmaSpacings]))
    .option('--eta <x>', 'fresh noise in each step, 0 to 1', numberFrom(0, 1))
    .option('--clip-skip <n>', 'which layer of the text encoder is read, 1 the last', wholeNumber(1, 12))
    .option('--strength <x>', 'how strongly the pose holds, 0 to 2', numberFrom(0, 2))
    .option('--pose-from <share>', 'the pose acts from this share of the steps on, 0 to 1', numberFrom(0, 1))
    .option('--pose-to <share>', 'and up to this one', numberFrom(0, 1))
    .optionsGroup('From a picture:')
    .option('-i, --image <file>', 'start from this picture')
    .option('--image-strength <x>', 'how much of it is drawn anew, 0 to 1', numberFrom(0, 1))
    .option('--mask <file>', 'draw anew only where this picture is white')
    .option('--mask-feather <pixels>', 'soften its edge', wholeNumber(0, 512))
    .option('--mask-invert', 'draw anew where it is black')
    .option('--detail [2|4]', 'enlarge afterwards, with new detail', detailScale)
    .option('--detail-strength <x>', 'how much of it is drawn anew, 0 to 1', numberFrom(0, 1))
    .option(
      '--from <picture.png>',
      'begin with the request that a picture of ours, or of AUTOMATIC1111’s web UI, carries',
    )
    .option('--repose', 'with --from and --pose: keep that picture, move only its people')
    .option('--request <file.json>', 'begin with a request')
    .optionsGroup('Results:')
    .option('-o, --out <path>', 'file, or folder; stable-pose-SEED.png here when left out')
    .option('--skeleton', 'write the drawn skeleton beside each picture')
    .option('--matte', 'write the people alone, on a transparent ground, beside each picture')
    .option('--preview [n]', 'write a preview beside the result after every n steps', wholeNumber(1, 1000))
    .option('--preview-at <steps>', 'write one after these steps alone, such as 5,20', steps)
    .addOption(
      new Option('--preview-how <how>', 'cheap and small, or real and slow')
        .choices(['linear', 'vae'])
        .default('linear'),
    )
    .option('--json', 'print what was made as JSON on standard output')
    .option('--print-request', 'print the request as JSON and make nothing')
    .optionsGroup('With what:');
  return addEngineOptions(command);
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} was expected.`);
  };
}

function steps(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 1000));
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A number from ${least} to ${most} was expected.`);
  };
}

function seed(text: string): number | 'random' {
  return text === 'random' ? text : wholeNumber(0, 2 ** 32 - 1)(text);
}

function detailScale(text: string): 2 | 4 {
  if (text === '2' || text === '4') return Number(text) as 2 | 4;
  throw new InvalidArgumentError('2 or 4 was expected.');
}

function fileWithStrength(text: string, before: readonly FileWithStrength[] = []): FileWithStrength[] {
  // The last colon: Windows has one behind the drive.
  const match = /^(.+):(-?\d+(?:\.\d+)?)$/.exec(text);
  return [...before, match ? { path: match[1]!, strength: Number(match[2]) } : { path: text }];
}

function adapterFile(text: string, before: readonly AdapterFile[] = []): AdapterFile[] {
  const range = /^(.+)@(\d*\.?\d+)-(\d*\.?\d+)$/.exec(text);
  const [from, to] = [Number(range?.[2] ?? 0), Number(range?.[3] ?? 1)];
  if (from > to || to > 1) {
    throw new InvalidArgumentError('The steps go from one share to a later one, 0 to 1, such as @0-0.6.');
  }
  const [file] = fileWithStrength(range?.[1] ?? text);
  return [...before, { ...file!, ...(range ? { from, to } : {}) }];
}
