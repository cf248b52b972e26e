import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTinyFolder } from '../models/tiny-folder.ts';
import { startTestServer } from '../server/start-test-server.ts';

const examples = resolve('packages/sdk/examples');
const tsx = pathToFileURL(resolve('node_modules/tsx/dist/esm/index.mjs')).href;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-examples-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In an empty folder, as a stranger would run it, but on the sources. */
function run(name: string, ...args: string[]): string {
  here.add(name);
  const file = join(examples, name, 'index.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--import', tsx, file, ...args],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, STABLE_POSE_MODELS: join(folder, 'models') } },
  );
  expect(`${status}\n${stderr}`, stdout).toMatch(/^0\n/);
  return stdout;
}

/** Pages are run where the browser is. */
const elsewhere = /page/;
const here = new Set<string>();

describe('the examples', () => {
  it('01 makes a picture', () => {
    run('01-picture-in-node');
    expect(existsSync(join(folder, 'waving.png'))).toBe(true);
  });

  it('02 tells how far it is, and stops', () => {
    expect(run('02-progress-and-cancel')).toMatch(/drawing 3\/30[\s\S]*Cancelled\. The engine is ready/);
  });

  it('03 draws the poses of another program', () => {
    expect(run('03-pose-from-json')).toMatch(/^2 people in openpose/);
    expect(existsSync(join(folder, 'skeletons.png'))).toBe(true);
  });

  it('04 places a picture and takes it back', () => {
    expect(run('04-host-adapter')).toMatch(/seen \[ 200, 200, 200, 255 \]\nafter undo \[ 0, 0, 0, 0 \]/);
  });

  it('05 finds nothing wrong with the adapter of 04', () => {
    expect(run('05-conformance')).toMatch(/\d+ rules, 0 broken/);
  });

  it('06 draws into a document', () => {
    expect(run('06-into-a-host')).toMatch(/1 picture in .* drawn at/);
  });

  it('07 finds nothing wrong with an engine of one’s own', () => {
    expect(run('07-engine')).toMatch(/\d+ rules, 0 broken/);
  });

  it('08 fetches a model from a folder and opens it', () => {
    const tiny = makeTinyFolder();
    try {
      expect(run('08-pull-a-model', tiny.folder, join(folder, 'models'))).toMatch(
        /here: stable-pose-tiny-\S+ \d+ bytes\nstable-pose-tiny-\S+ \{ width: \d+, height: \d+ \} \[ 'tiny' \]/,
      );
    } finally {
      tiny.remove();
    }
  });

  it('09 asks a server', async () => {
    const { url, token } = await startTestServer();
    here.add('09-from-a-server');
    // Not the blocking way: the server lives in this process.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=source', '--import', tsx, join(examples, '09-from-a-server/index.mjs'), url, token],
      { cwd: folder },
    );
    expect(stdout).toMatch(/kind: 'remote'/);
    expect(existsSync(join(folder, 'from-a-server.png'))).toBe(true);
  });

  it('are all run', () => {
    const names = readdirSync(examples).filter((name) => /^\d\d-/.test(name) && !elsewhere.test(name));
    expect(names).toEqual([...here].sort());
  });
});
