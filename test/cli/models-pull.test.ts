import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';
import { makeTinyFolder } from '../models/tiny-folder.ts';
import { type HubServer, startHub } from '../sdk/support/hub-server.ts';

let hub: HubServer;
let folder: string;
let tiny: ReturnType<typeof makeTinyFolder>;

beforeAll(async () => {
  tiny = makeTinyFolder();
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-pull-'));
  const names = ['tiny.safetensors', 'config.json', 'tokenizer.json'];
  hub = await startHub(
    Object.fromEntries(names.map((name) => [name, readFileSync(join(tiny.folder, name))])),
  );
});
afterAll(async () => {
  await hub.close();
  tiny.remove();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function run(...words: string[]): Promise<string> {
  let printed = '';
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('STABLE_POSE_MODELS', folder);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  await createProgram().parseAsync(['node', 'stable-pose', ...words]);
  return printed;
}

it('pulls a model from a hub, lists it, and uses it by its name', async () => {
  hub.faults.push({ kind: 'break', after: 1000 });
  expect(await run('models', 'pull', 'owner/model')).toBe(`${join(folder, 'owner--model')}\n`);
  expect(await run('models', 'list', tiny.folder)).toMatch(/owner--model/);
  const request = JSON.parse(
    await run('generate', 'a person', '--model', 'owner--model', '--print-request'),
  ) as { model: string };
  expect(request.model).toBe('tiny');
});

it('says what to do about a source that is none', async () => {
  await expect(run('models', 'pull', 'nowhere')).rejects.toMatchObject({
    code: 'file-not-found',
    message: expect.stringMatching(/owner\/name, an https address, or a path/),
  });
});
