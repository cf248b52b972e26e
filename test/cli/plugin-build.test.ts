import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-plugin-'));
  mkdirSync(at('figma'));
  for (const name of ['manifest.json', 'ui.html'])
    writeFileSync(at('figma', name), readFileSync(join('packages/figma-plugin/plugin', name)));
  writeFileSync(at('figma', 'code.js'), 'figma');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function build(...more: string[]): Promise<{ readonly out: string; readonly told: string }> {
  const said: string[] = [];
  const hear = (text: unknown) => said.push(String(text)) > 0;
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(hear),
    vi.spyOn(process.stderr, 'write').mockImplementation(hear),
  ];
  try {
    const out = at('team');
    await createProgram()
      .exitOverride()
      .parseAsync(['plugin', 'build', '--from', at('figma'), '--out', out, ...more], { from: 'user' });
    return { out, told: said.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('stable-pose plugin build', () => {
  it("makes a team's plug-in that may reach one server", async () => {
    const { out, told } = await build('--server', 'https://pose.example.com/');
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(manifest.networkAccess.allowedDomains).toEqual(['https://pose.example.com']);
    expect(manifest.networkAccess.reasoning).toContain('https://pose.example.com');
    const published = JSON.parse(readFileSync(at('figma', 'manifest.json'), 'utf8'));
    expect(manifest.id).not.toBe(published.id);
    expect(manifest.menu).toEqual(published.menu);
    expect(readFileSync(join(out, 'ui.html'), 'utf8')).toContain(
      '<meta name="stable-pose-server" content="https://pose.example.com" />',
    );
    expect(readFileSync(join(out, 'code.js'), 'utf8')).toBe('figma');
    expect(told).not.toContain('mixed content');
  });

  it("makes a team's panel for Photoshop, without the published package in it", async () => {
    const from = at('panel');
    cpSync('packages/photoshop-plugin/panel', from, { recursive: true });
    writeFileSync(join(from, 'main.js'), 'photoshop');
    writeFileSync(join(from, 'stable-pose.ccx'), 'package');
    const server = 'http://10.0.0.5:17325';
    const { told } = await build('--from', from, '--out', at('panel-team'), '--server', server);
    expect(told).not.toContain('mixed content');
    const [manifest, published] = [at('panel-team'), from].map((folder) =>
      JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')),
    );
    expect(manifest.requiredPermissions.webview.domains).toEqual([server]);
    expect(manifest.requiredPermissions.localFileSystem).toBe('request');
    expect(manifest.id).not.toBe(published.id);
    expect(manifest.entrypoints).toEqual(published.entrypoints);
    const page = readFileSync(join(at('panel-team'), 'studio/index.html'), 'utf8');
    expect(page).toContain(`<meta name="stable-pose-server" content="${server}" />`);
    expect(readFileSync(join(at('panel-team'), 'main.js'), 'utf8')).toBe('photoshop');
    expect(existsSync(join(at('panel-team'), 'icons/plugin.png'))).toBe(true);
    expect(existsSync(join(at('panel-team'), 'stable-pose.ccx'))).toBe(false);
  });

  it('says what a browser will refuse', async () => {
    expect((await build('--server', 'http://10.0.0.5:17325')).told).toContain('mixed content');
    expect((await build('--server', 'http://localhost:17325')).told).not.toContain('mixed content');
  });

  it('refuses what is no server, and where no plug-in was built', async () => {
    for (const wrong of [
      'pose.example.com',
      'https://pose.example.com/path',
      'ftp://pose.example.com',
      'https://a:b@c',
    ])
      await expect(build('--server', wrong)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(build('--server', 'https://a.example', '--from', at('none'))).rejects.toMatchObject({
      code: 'file-not-found',
    });
  });

  it('refuses to write into the build that it is made from', async () => {
    const before = readdirSync(at('figma'));
    for (const out of [at('figma'), at('figma', 'team'), `${at('figma')}/../figma/a/b`]) {
      await expect(build('--server', 'https://a.example', '--out', out)).rejects.toMatchObject({
        code: 'invalid-input',
        remedy: 'Choose another --out.',
      });
    }
    expect(readdirSync(at('figma'))).toEqual(before);
    // A name that begins alike is another folder.
    const { told } = await build('--server', 'https://a.example', '--out', at('figma-team'));
    expect(told).toContain(at('figma-team'));
    expect(readdirSync(at('figma-team')).sort()).toEqual(before.sort());
  });
});
