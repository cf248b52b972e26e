import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePng, encodePng, parseRequest, pngSize, raster } from '@stable-pose/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeRandomCheckpoint } from '../../models/src/checkpoint/index.ts';
import { describeError, exitCodeOf } from '../../packages/cli/src/describe-error.ts';
import { readPictureFile, writePictureFile } from '../../packages/cli/src/metadata/picture-file.ts';
import { addPngTexts, readPngTexts } from '../../packages/cli/src/metadata/png-text.ts';
import { createProgram } from '../../packages/cli/src/program.ts';
import { tinyAdapter, tinyText, tinyUnet, tinyVae } from '../models/architectures/tiny-model.ts';
import { makeTinyFolder } from '../models/tiny-folder.ts';

/** Of the small model. */
const sizes = { unet: tinyUnet, adapter: tinyAdapter, vae: tinyVae, text: tinyText };
let folder: string;
let tiny: ReturnType<typeof makeTinyFolder>;
let printed = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-cli-'));
  tiny = makeTinyFolder();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  tiny.remove();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

/** Runs a command line in this process; what it printed is returned. */
async function run(...words: string[]): Promise<string> {
  printed = '';
  const keep = (text: string | Uint8Array) => {
    printed += text;
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const program = createProgram();
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]) {
    command.exitOverride().configureOutput({ writeOut: keep, writeErr: () => {} });
  }
  await program.parseAsync(['node', 'stable-pose', ...words]);
  return printed;
}

const small = () => [
  '--model',
  tiny.folder,
  '--device',
  'cpu',
  '--threads',
  '1',
  '-W',
  '128',
  '-H',
  '128',
  '--steps',
  '2',
];

describe('generate', () => {
  it('makes a picture that carries its request, and its skeleton', async () => {
    const out = join(folder, 'one.png');
    expect(
      await run(
        'generate',
        'a person',
        '--pose',
        'standing-front',
        '--seed',
        '3',
        '--out',
        out,
        '--skeleton',
        ...small(),
      ),
    ).toBe(`${out}\n`);
    const png = readFileSync(out);
    expect(pngSize(png)).toEqual({ width: 128, height: 128 });
    const request = parseRequest(readPictureFile(png, out).request);
    expect(request).toMatchObject({
      prompt: 'a person',
      seed: 3,
      steps: 2,
      width: 128,
      count: 1,
      model: 'tiny',
    });
    expect(request.poses).toHaveLength(1);
    expect(readPngTexts(png).get('parameters')).toMatch(/^a person\n.*Steps: 2, .*Seed: 3, Size: 128x128/s);
    expect(decodePng(readFileSync(join(folder, 'one-skeleton.png'))).data.some((byte) => byte > 0)).toBe(
      true,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('makes the same picture again from itself, and changes what it is told', async () => {
    const [first, again, other] = ['one', 'again', 'other'].map((name) => join(folder, `${name}.png`)) as [
      string,
      string,
      string,
    ];
    const where = ['--model', tiny.folder, '--device', 'cpu', '--threads', '1'];
    await run('generate', '--from', first, '--out', again, ...where);
    expect(decodePng(readFileSync(again))).toEqual(decodePng(readFileSync(first)));
    await run('generate', '--from', first, '--seed', '4', '--out', other, ...where);
    expect(decodePng(readFileSync(other))).not.toEqual(decodePng(readFileSync(first)));
    expect(readPictureFile(readFileSync(other), other).request).toMatchObject({
      prompt: 'a person',
      seed: 4,
    });
  });

  it('reposes: the same request with the picture and its old poses in it, or made again before a detail pass', async () => {
    const first = join(folder, 'one.png');
    const before = parseRequest(readPictureFile(readFileSync(first), first).request);
    const words = ['--pose', 'arms-up-front', '--repose', '--print-request', '--model', tiny.folder];
    const after = JSON.parse(await run('generate', '--from', first, ...words));
    const { poses, repose, ...rest } = after;
    expect(rest).toMatchObject({ prompt: 'a person', seed: 3, width: 128, height: 128, steps: 2 });
    expect(poses).not.toEqual(before.poses);
    expect(repose.from).toEqual(before.poses);
    expect(decodePng(Buffer.from(repose.picture, 'base64'))).toEqual(decodePng(readFileSync(first)));

    const detailed = join(folder, 'detailed.png');
    const request = { ...before, detail: { scale: 2, strength: 0.35 } } as const;
    writeFileSync(detailed, writePictureFile(raster(256, 256, 3), request));
    const again = JSON.parse(await run('generate', '--from', detailed, ...words));
    expect(again.repose).toMatchObject({ from: before.poses });
    expect(again.repose.picture).toBeUndefined();
    await expect(run('generate', '--from', first, ...words, '-W', '192')).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('keeps the size'),
    });
  });

  it('says in JSON what it made', async () => {
    const out = join(folder, 'several');
    const result = JSON.parse(
      await run('generate', 'x', '--seed', '8', '--count', '2', '--json', '--out', out, ...small()),
    );
    expect(result.pictures.map(({ seed }: { seed: number }) => seed)).toEqual([8, 9]);
    expect(readdirSync(out)).toEqual(['stable-pose-8.png', 'stable-pose-9.png']);
    expect(result).toMatchObject({ model: 'tiny', device: 'cpu, 1 thread' });
  });

  it('prints the request without making anything', async () => {
    const words = [
      '--strength',
      '0.5',
      '--pose-to',
      '0.8',
      '--scheduler',
      'euler',
      '--detail',
      '--guidance',
      '3',
      '--preview-at',
      '2,5',
      '--preview-how',
      'vae',
    ];
    const text = await run(
      'generate',
      'x',
      '--pose',
      'two-people',
      ...words,
      '--print-request',
      '--model',
      tiny.folder,
    );
    const request = JSON.parse(text);
    expect(request).toMatchObject({
      width: 512,
      height: 512,
      scheduler: 'euler',
      guidanceScale: 3,
      adapters: [{ kind: 'stable-pose', strength: 0.5, from: 0, to: 0.8 }],
      detail: { scale: 2 },
      previews: { at: [2, 5], how: 'vae' },
    });
    expect(request.poses).toHaveLength(2);
    // Drawn for 256 x 256, asked for at 512 x 512.
    expect(Math.max(...request.poses[0].keypoints.map(([, y]: number[]) => y!))).toBeGreaterThan(400);
  });

  it('takes several adapters, each with its strength and its steps', async () => {
    const control = join(folder, 'control.pth');
    await makeRandomCheckpoint({ layout: 'controlnet-pth', out: control, config: sizes });
    const words = ['--adapter', tiny.folder, '--adapter', `${control}:0.8@0-.6`];
    const text = await run(
      'generate',
      'x',
      '--pose',
      'two-people',
      ...words,
      '--print-request',
      '--model',
      tiny.folder,
    );
    expect(JSON.parse(text).adapters).toMatchObject([
      { kind: 'stable-pose', strength: 1, from: 0, to: 1 },
      { kind: 'controlnet', model: 'control', strength: 0.8, from: 0, to: 0.6 },
    ]);
    for (const wrong of ['@0.6-0.2', '@0-2']) {
      await expect(run('generate', 'x', '--adapter', `${control}${wrong}`)).rejects.toMatchObject({
        code: 'commander.invalidArgument',
      });
    }
  });

  it('fits the picture to a pose file of another shape', async () => {
    const file = join(folder, 'tall.json');
    const keypoints = Array.from({ length: 18 }, (_, i) => [i * 10, i * 20, 1]).flat();
    writeFileSync(
      file,
      JSON.stringify({ canvas_width: 400, canvas_height: 900, people: [{ pose_keypoints_2d: keypoints }] }),
    );
    const request = JSON.parse(
      await run('generate', 'x', '--pose', file, '--print-request', '--model', tiny.folder),
    );
    expect([request.width, request.height]).toEqual([320, 768]);
  });

  it('keeps people on the init picture that they were found in, and others in view', async () => {
    const [photo, found, own] = ['photo.png', 'found.json', 'own.json'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(photo, encodePng(raster(400, 200, 3)));
    // The nose in the middle of the right edge, in a file of the photo's shape and in one of another.
    for (const [file, width, height] of [
      [found, 800, 400],
      [own, 100, 100],
    ] as const) {
      const keypoints = [width, height / 2, 1, ...Array.from({ length: 17 }, () => [0, 0, 0]).flat()];
      const people = [{ pose_keypoints_2d: keypoints }];
      writeFileSync(file, JSON.stringify({ canvas_width: width, canvas_height: height, people }));
    }
    const asked = async (pose: string, ...words: string[]) => {
      const line = ['generate', 'x', '--image', photo, '--pose', pose, '--model', tiny.folder, ...words];
      const { width, height, poses } = JSON.parse(await run(...line, '--print-request'));
      return [width, height, ...poses[0].keypoints[0].slice(0, 2)];
    };
    // 400 x 200 fills 384 x 192 whole, and of 128 x 128 all but its sides, 64 pixels each.
    expect(await asked(found)).toEqual([384, 192, 384, 96]);
    expect(await asked(found, '-W', '128', '-H', '128')).toEqual([128, 128, 192, 64]);
    expect(await asked(own)).toEqual([384, 192, 288, 96]);
    expect(await asked(own, '-W', '128', '-H', '128')).toEqual([128, 128, 128, 64]);
  });

  it('keeps the strengths that a stored request says, unless told others', async () => {
    const [control, paper] = [join(folder, 'control.pth'), join(folder, 'paper.safetensors')] as const;
    await makeRandomCheckpoint({ layout: 'lora-kohya', out: paper, config: sizes });
    const file = join(folder, 'web-ui.png');
    const words = 'ink <lora:paper:0.6> <lora:other:0.4>\nSteps: 2, Sampler: DDIM, Seed: 5, Size: 128x128';
    writeFileSync(file, addPngTexts(encodePng(raster(8, 8, 3)), new Map([['parameters', words]])));
    const stored = join(folder, 'stored-adapters.json');
    const adapters = [{ kind: 'controlnet', model: 'control', strength: 0.6, from: 0.1, to: 0.5 }];
    writeFileSync(stored, JSON.stringify({ adapters }));
    const asked = async (...options: string[]) =>
      JSON.parse(await run('generate', '--model', tiny.folder, '--print-request', ...options));
    expect((await asked('--from', file, '--lora', paper)).loras).toEqual([{ model: 'paper', strength: 0.6 }]);
    expect((await asked('--from', file, '--lora', `${paper}:-1`)).loras).toEqual([
      { model: 'paper', strength: -1 },
    ]);
    expect((await asked('--from', file)).loras).toEqual([]);
    expect((await asked('x', '--request', stored, '--adapter', control)).adapters).toEqual(adapters);
    expect((await asked('x', '--request', stored, '--adapter', `${control}:1@0-1`)).adapters).toEqual([
      { kind: 'controlnet', model: 'control', strength: 1, from: 0, to: 1 },
    ]);
  });

  it('says what is wrong with a stored request', async () => {
    const file = join(folder, 'stored.json');
    for (const [text, message] of [
      ['{', /is no JSON/],
      ['null', /A request is an object/],
      ['{ "image": {} }', /image\.picture must be a text/],
      ['{ "poses": 5 }', /poses must be a list/],
      ['{ "adapters": {} }', /adapters must be a list/],
      ['{ "scheduler": "best" }', /scheduler must be one of ddim, /],
    ] as const) {
      writeFileSync(file, text);
      const words = ['x', '--request', file, '--strength', '0.5', '--model', tiny.folder, '--print-request'];
      await expect(run('generate', ...words)).rejects.toMatchObject({
        code: 'invalid-request',
        message: expect.stringMatching(message),
      });
    }
  });

  it.each([
    [
      ['x', '--pose', 'nowhere'],
      'file-not-found',
      /no pose file "nowhere", nor a built-in pose.*standing-front/,
    ],
    [[], 'invalid-request', /Neither words nor a pose/],
    [['x', '--image', 'gone.jpg'], 'file-not-found', /picture gone\.jpg is not there/],
    [['x', '--mask-invert'], 'invalid-request', /--mask-feather and --mask-invert needs? --mask/],
    [['x', '--repose'], 'invalid-request', /--repose needs --from and --pose/],
    [['x', '--out', 'picture.jpg'], 'invalid-input', /Results are PNG files/],
    [['x', '--model', 'gone.ckpt'], 'file-not-found', /gone\.ckpt/],
  ])('refuses %j in a sentence', async (words, code, message) => {
    const failure = await run('generate', ...words).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(describeError(failure, false)).not.toContain('    at ');
    expect(describeError(failure, true)).toContain('    at ');
    expect(exitCodeOf(failure)).toBeGreaterThan(0);
  });

  it('refuses numbers that are none', async () => {
    await expect(run('generate', 'x', '--steps', 'many')).rejects.toMatchObject({
      code: 'commander.invalidArgument',
      message: expect.stringContaining('A whole number from 1 to 1000'),
    });
    await expect(run('generate', 'x', '--preview-at', '5,')).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
  });

  it('teaches by examples', async () => {
    await expect(run('generate', '--help')).rejects.toMatchObject({ code: 'commander.helpDisplayed' });
    expect(printed).toContain('What to draw:');
    expect(printed).toContain('--repose');
    expect(printed).toContain('stable-pose generate "a woman in a red dress');
    expect(printed.replace(/\s+/g, ' ')).toContain('tensorrt, dml and coreml are untested');
  });
});

describe('models', () => {
  it('inspects a checkpoint', async () => {
    const text = await run('models', 'inspect', tiny.folder);
    expect(text).toMatch(/^A model: tiny .*\nA stable-pose adapter: tiny/);
    expect(text).not.toContain('become');
  });

  it('lists a folder', async () => {
    expect(await run('models', 'list', tiny.folder)).toMatch(
      / 17 MB {2}.*tiny\.safetensors {2}\(unet, vae, text-encoder, stable-pose-adapter\)/,
    );
  });

  it('knows a folder with a ControlNet in it', async () => {
    const out = join(folder, 'shelf', 'openpose');
    await makeRandomCheckpoint({ layout: 'controlnet-diffusers', out, config: sizes });
    expect(await run('models', 'inspect', out, '--tensors', 'controlnet_mid')).toMatch(
      /^A controlnet adapter: openpose [\s\S]*\n {2}controlnet_mid_block\.bias {2}f32 \[64\]\n$/,
    );
    expect(await run('models', 'list', join(folder, 'shelf'))).toMatch(/openpose {2}\(controlnet\)/);
  });

  it('makes a checkpoint of random numbers, which inspect knows', async () => {
    const out = join(folder, 'embedding.pt');
    expect(await run('models', 'make-random', 'textual-inversion-pt', '--out', out)).toBe(`${out}\n`);
    const text = await run('models', 'inspect', out, '--tensors');
    expect(text).toMatch(/f16 \[2, 768\]/);
    expect(text).toContain('\n4 kB of float16 become 7 kB of float32 on the CPU.\n');
    await expect(run('models', 'make-random', 'textual-inversion-pt', '--out', out)).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('converts, and the result makes the same picture', async () => {
    const out = join(folder, 'converted');
    await run('models', 'convert', tiny.folder, '--out', out, '--precision', 'fp32', '--no-parity');
    expect(existsSync(join(out, 'stable-pose-model.json'))).toBe(true);
    const [from, to] = [join(folder, 'from.png'), join(folder, 'to.png')];
    const words = ['generate', 'x', '--pose', 'standing-front', '--seed', '1', ...small()];
    await run(...words, '--out', from);
    await run(...words, '--model', out, '--out', to);
    expect(decodePng(readFileSync(to))).toEqual(decodePng(readFileSync(from)));
  });
});

describe('demo', () => {
  it('writes pictures beside skeletons, and a page that holds them', async () => {
    const out = join(folder, 'demo');
    vi.stubEnv('STABLE_POSE_MODEL', tiny.folder);
    await run('demo', '--count', '1', '--steps', '1', '--device', 'cpu', '--threads', '1', '--out', out);
    expect(readdirSync(out).sort()).toEqual([
      'index.html',
      'standing-front-skeleton.png',
      'standing-front.png',
    ]);
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    // The picture, its skeleton, and three tries that were further from the pose.
    expect(page.match(/<img src="data:image\/png;base64,[^"]+" [^>]*alt="[^"]+"/g)).toHaveLength(5);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
  });
});

describe('doctor', () => {
  it('says what the machine can run', async () => {
    vi.stubEnv('STABLE_POSE_MODEL', tiny.folder);
    const findings = JSON.parse(await run('doctor', '--json'));
    expect(findings).toContainEqual({ state: 'good', name: 'model', words: tiny.folder });
    expect(findings.find(({ name }: { name: string }) => name === 'cpu')).toMatchObject({ state: 'good' });
    // Where the plug-ins' pictures are best made, last of all.
    expect(findings.slice(-2).map(({ name }: { name: string }) => name)).toEqual(['figma', 'photoshop']);
  });
});
