import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-plugin-'));
  for (const name of ['manifest.json', 'ui.html'])
    writeFileSync(at(name), readFileSync(join('packages/figma-plugin/plugin', name)));
  writeFileSync(at('code.js'), 'figma');
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
      .parseAsync(['plugin', 'build', '--from', folder, '--out', out, ...more], { from: 'user' });
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
    const published = JSON.parse(readFileSync(at('manifest.json'), 'utf8'));
    expect(manifest.id).not.toBe(published.id);
    expect(manifest.menu).toEqual(published.menu);
    expect(readFileSync(join(out, 'ui.html'), 'utf8')).toContain(
      '<meta name="stable-pose-server" content="https://pose.example.com" />',
    );
    expect(readFileSync(join(out, 'code.js'), 'utf8')).toBe('figma');
    expect(told).not.toContain('mixed content');
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
});
