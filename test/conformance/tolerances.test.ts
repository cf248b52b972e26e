import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Tolerances } from './check.ts';
import { ReferenceFolder } from './reference-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tolerances-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, content: unknown): void =>
  writeFileSync(join(root, name), JSON.stringify(content));

it('is ten times the larger of what the two files show, under whichever of the given names', () => {
  write('tolerances.json', {
    'x.y': { max_abs_diff_f32_f64: 2 },
    shared: { max_abs_diff_f32_f64: 1 },
  });
  write('rerun.json', { results: { 'x y': { max_abs_diff: 3 }, shared: { max_abs_diff: 5 }, same: true } });
  const tolerances = new Tolerances(new ReferenceFolder(root));
  expect(tolerances.of('x.y', 'x y')).toBe(30);
  expect(tolerances.of('x.y')).toBe(20);
  expect(tolerances.of('shared')).toBe(50);
  expect(() => tolerances.of('same', 'absent')).toThrow('lists same or absent');
});
