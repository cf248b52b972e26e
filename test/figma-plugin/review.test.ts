import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng } from '@stable-pose/core';
import { describe, expect, it } from 'vitest';

// Figma's review guidelines (help.figma.com, article 360039958914) and manifest page, as far as a machine can check them.
const folder = 'packages/figma-plugin';
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const manifest = JSON.parse(read('plugin/manifest.json'));
const sourcesOf = (room: string) =>
  readdirSync(join(folder, 'src', room)).map((name) => ({ name, text: read(`src/${room}/${name}`) }));
const main = sourcesOf('main');
const everything = [...main, ...sourcesOf('ui'), ...sourcesOf('messages')];

/** Of the manifest page; others are refused at import. */
const knownKeys = [
  'name',
  'id',
  'api',
  'main',
  'ui',
  'documentAccess',
  'networkAccess',
  'parameters',
  'parameterOnly',
  'editorType',
  'menu',
  'relaunchButtons',
  'permissions',
  'capabilities',
  'build',
];

describe('the plug-in for review', () => {
  it('has a manifest of known keys, without proposed or private parts of the API, and asks for no permission', () => {
    for (const key of Object.keys(manifest)) expect(knownKeys).toContain(key);
    expect(manifest.permissions ?? []).toEqual([]);
    expect(manifest.documentAccess).toBe('dynamic-page');
    expect(manifest.editorType).toEqual(['figma']);
  });

  it('reaches this computer and nothing else, and says why', () => {
    const { allowedDomains, devAllowedDomains, reasoning } = manifest.networkAccess;
    expect(devAllowedDomains).toBeUndefined();
    for (const domain of allowedDomains) expect(domain).toMatch(/^http:\/\/localhost:\d+$/);
    expect(reasoning.length).toBeGreaterThan(40);
    // The privacy page says the same.
    for (const domain of allowedDomains)
      expect(read('publish/privacy.md')).toContain(domain.split(':').at(-1));
  });

  it('answers every command that the manifest offers, and offers every relaunch button that it sets', () => {
    const offered = [...manifest.menu, ...manifest.relaunchButtons].flatMap(({ command }) => command ?? []);
    const ui = everything.map(({ text }) => text).join('\n');
    for (const command of offered) {
      if (command === 'open') continue;
      expect(ui, command).toContain(`command === '${command}'`);
    }
    const buttons = manifest.relaunchButtons.map(({ command }: { readonly command: string }) => command);
    for (const { text } of main) {
      for (const [, set] of text.matchAll(/setRelaunchData\(([^)]*)\)/g))
        for (const [, command] of set.matchAll(/(\w+): ''/g)) expect(buttons).toContain(command);
    }
  });

  it('uses nothing that needs all pages loaded, and no call that Figma has deprecated for it', () => {
    const deprecated =
      /getNodeById\(|getStyleById\(|getLocal\w+Styles\(|loadAllPagesAsync|documentchange'|\.mainComponent\b|figma\.currentPage\s*=/;
    for (const { name, text } of main)
      expect(text.replace(/\/\*[\s\S]*?\*\//g, ''), name).not.toMatch(deprecated);
  });

  it('knows the global of Figma in one file, evaluates no text, and leaves no words in the console', () => {
    for (const { name, text } of everything) {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      if (name !== 'main.ts') expect(code, name).not.toMatch(/declare const figma\b/);
      expect(code, name).not.toMatch(/\beval\(|new Function\(|console\.|document\.cookie/);
      // The self-test asks whether there is any.
      if (name !== 'page-facts.ts') expect(code, name).not.toMatch(/localStorage|indexedDB/);
    }
  });

  it('has the pictures and texts that a submission asks for', () => {
    const sizeOf = (name: string) => {
      const { width, height } = decodePng(new Uint8Array(readFileSync(join(folder, 'publish', name))));
      return [width, height];
    };
    expect(sizeOf('icon.png')).toEqual([128, 128]);
    expect(sizeOf('cover.png')).toEqual([1920, 1080]);
    const listing = read('publish/listing.md');
    expect(listing).toContain(`| Name | ${manifest.name} |`);
    const tagline = /\| Tagline \| (.*) \|/.exec(listing)?.[1] ?? '';
    expect(tagline.length).toBeGreaterThan(10);
    expect(tagline.length).toBeLessThanOrEqual(70);
    for (const name of ['privacy.md', 'security.md'])
      expect(read(`publish/${name}`).length).toBeGreaterThan(500);
  });
});
