import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';
import { StablePoseError } from '../../packages/core/src/errors.ts';
import { SmallDisk } from '../faults/small-disk.ts';
import { makeTinyFolder } from '../models/tiny-folder.ts';
import { writeTensors } from '../models/write-tensors.ts';

let folder: string;
let tiny: ReturnType<typeof makeTinyFolder>;
/** What the last command line said on standard error. */
let told = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-bad-'));
  tiny = makeTinyFolder();
  await zeros('sd2.safetensors', { 'cond_stage_model.model.transformer.resblocks.0.ln_1.weight': [4] });
  await zeros('sdxl.safetensors', {
    'conditioner.embedders.0.transformer.text_model.final_layer_norm.bias': [4],
    'model.diffusion_model.input_blocks.0.0.weight': [4, 4, 3, 3],
  });
  writeFileSync(at('cut.safetensors'), readFileSync(at('sd2.safetensors')).subarray(0, -4));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  tiny.remove();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A checkpoint of zeros. */
async function zeros(name: string, shapes: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const tensors = Object.entries(shapes).map(([key, shape]) => {
    const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
    return [key, { shape, data }] as const;
  });
  await writeTensors(at(name), Object.fromEntries(tensors));
}

/** What a command line printed on standard output. */
async function run(...words: readonly string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
  await createProgram().parseAsync(['node', 'stable-pose', ...words]);
  return printed;
}

async function failureOf(...words: readonly string[]): Promise<StablePoseError> {
  const failure = await run(...words).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(StablePoseError);
  return failure as StablePoseError;
}

/** A pose file of our own form with one person, changed. */
function poseFile(name: string, change: (keypoints: unknown[]) => unknown): string {
  const keypoints = Array.from({ length: 17 }, (_, i): unknown => [10 * i, 10 * i, 1]);
  const people = change(keypoints);
  writeFileSync(
    at(name),
    JSON.stringify({ format: 'stable-pose', version: 1, width: 256, height: 256, people }),
  );
  return at(name);
}

describe('poses and sizes', () => {
  it.each<[string, (keypoints: unknown[]) => unknown, RegExp]>([
    ['nobody', () => [], /nobody/i],
    ['joints that are no numbers', (all) => [{ keypoints: [[null, 'x', 1], ...all.slice(1)] }], /nose/],
    ['a person without joints', (all) => [{ keypoints: all.map(() => [0, 0, 0]) }], /no keypoint/],
    ['sixteen joints', (all) => [{ keypoints: all.slice(1) }], /17/],
  ])('%s are refused in words', async (name, change, message) => {
    const words = ['generate', 'x', '--pose', poseFile(`${name}.json`, change), '--print-request'];
    const { code, message: said } = await failureOf(...words, '--model', tiny.folder);
    expect(code).toMatch(/^invalid-(pose|request)$/);
    expect(said).toMatch(message);
  });

  it('a size that the model cannot draw is refused with the nearest ones', async () => {
    const words = ['generate', 'x', '-W', '104', '-H', '128', '--steps', '1', '--device', 'cpu'];
    const { code, message } = await failureOf(...words, '--model', tiny.folder, '--out', at('size.png'));
    expect(code).toBe('invalid-request');
    expect(message).toBe('width must be a multiple of 16 for this model, got 104. Set it to 96 or 112.');
  });
});

describe('checkpoints', () => {
  it.each([
    ['sd2', 'Stable Diffusion 2'],
    ['sdxl', 'Stable Diffusion XL'],
  ])('of another architecture are named, with what is supported: %s', async (name, family) => {
    const file = at(`${name}.safetensors`);
    for (const words of [
      ['generate', 'x', '--model', file],
      ['models', 'convert', file, '--out', at('converted'), '--no-parity'],
    ]) {
      const { code, message } = await failureOf(...words);
      expect(code).toBe('architecture-unsupported');
      expect(message).toContain(`${file} is ${family}. Supported are Stable Diffusion 1 (1.4, 1.5`);
    }
    const inspected = await run('models', 'inspect', file);
    expect(inspected).toContain(`Not a model: ${file} is ${family}.`);
    expect(inspected).toContain(`It is of the family ${family}`);
    expect(readdirSync(folder).filter((one) => one.includes('converted'))).toEqual([]);
  });

  it('of which not everything is used are used, and what is left aside is named', async () => {
    await zeros('style.safetensors', {
      'lora_unet_mid_block_attentions_0_proj_in.lora_down.weight': [4, 64],
      'lora_unet_mid_block_attentions_0_proj_in.lora_up.weight': [64, 4],
      'lora_unet_nowhere.lora_down.weight': [4, 64],
      'lora_unet_nowhere.lora_up.weight': [64, 4],
    });
    const words = ['generate', 'x', '--lora', `${at('style.safetensors')}:0.5`, '--print-request'];
    expect(JSON.parse(await run(...words, '--model', tiny.folder)).loras).toEqual([
      { model: 'style', strength: 0.5 },
    ]);
    expect(told).toMatch(/^LoRA style: 1 layers are not in this model: .*nowhere/m);
    expect(await run('models', 'inspect', tiny.folder)).toMatch(
      /^\d+ tensors are left aside: schedule buffers\.$/m,
    );
  });

  it('that cannot be read are listed as such, links that lead nowhere too', async () => {
    const shelf = at('shelf');
    mkdirSync(shelf);
    symlinkSync(at('gone.safetensors'), join(shelf, 'link.safetensors'));
    writeFileSync(join(shelf, 'text.ckpt'), 'no checkpoint');
    const listed = await run('models', 'list', shelf);
    expect(listed).toMatch(/link\.safetensors {2}\(not readable: file-not-found\)/);
    expect(listed).toMatch(/text\.ckpt {2}\(not readable: checkpoint-(corrupt|unsupported)\)/);
  });

  it('that are damaged or no checkpoint are refused', async () => {
    expect((await failureOf('generate', 'x', '--model', at('cut.safetensors'))).code).toBe(
      'checkpoint-corrupt',
    );
    expect((await failureOf('models', 'inspect', at('gone.ckpt'))).code).toBe('file-not-found');
    expect((await failureOf('models', 'list', at('gone'))).code).toBe('file-not-found');
  });
});

describe('a full disk', () => {
  const disk = SmallDisk.mount(1);
  afterAll(() => disk?.unmount());

  it.skipIf(disk === undefined)(
    `is said in words, and nothing half-written is left${disk ? '' : ' (skipped: this user may not mount a small disk)'}`,
    async () => {
      disk!.fill();
      const pose = poseFile('pose.json', (all) => [{ keypoints: all }]);
      for (const words of [
        ['pose', 'draw', pose, '--out', join(disk!.folder, 'pose.png')],
        ['generate', 'x', '--model', tiny.folder, '--out', join(disk!.folder, 'picture.png')],
        ['models', 'make-random', 'lora-kohya', '--out', join(disk!.folder, 'lora.safetensors')],
        ['models', 'convert', tiny.folder, '--out', join(disk!.folder, 'model'), '--no-parity'],
      ]) {
        const { code, message } = await failureOf(...words);
        expect([words[1], code]).toEqual([words[1], 'disk-full']);
        expect(message).toMatch(/(Make room|Free some space)/);
      }
      expect(readdirSync(disk!.folder)).toEqual(['ballast']);
    },
  );
});

describe('a place where nothing can be written', () => {
  it.each([
    ['a file in place of the folder', 'cut.safetensors/picture.png', /its folder’s name is a file/],
    ['a folder in place of the file', 'folder.png', /a folder has that name/],
  ])('is told before anything is drawn: %s', async (_, out, message) => {
    mkdirSync(at('folder.png'), { recursive: true });
    // The device is not on this machine, and would be missed first if drawing had begun.
    const words = ['generate', 'x', '--model', tiny.folder, '--device', 'coreml', '--out', at(out)];
    const failure = await failureOf(...words);
    expect(failure.code).toBe('write-failed');
    expect(failure.message).toMatch(message);
    expect(failure.remedy).toBe('Choose another place with --out.');
    expect((await failureOf(...words.slice(0, -1), at('free.png'))).code).toBe('device-unavailable');
    expect((await failureOf('demo', '--out', at('cut.safetensors'))).code).toBe('write-failed');
  });
});

describe('the program itself', () => {
  it.each([
    [['generate', 'x', '--scheduler', 'best'], /Allowed choices are ddim, plms/],
    [['generate', 'x', '--model', 'gone.ckpt'], /gone\.ckpt/],
  ])(
    'prints a sentence and no stack, and ends with another code than 0: %j',
    (words, message) => {
      const node = ['--conditions=source', '--import', 'tsx', 'packages/cli/src/main.ts'];
      const { status, stderr, stdout } = spawnSync(process.execPath, [...node, ...words], {
        encoding: 'utf8',
      });
      expect(status).toBeGreaterThan(0);
      expect(stdout).toBe('');
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    120_000,
  );
});
