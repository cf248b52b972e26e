import { bundleModules, bundleScript, repositoryRoot } from '/work/main/test/support/bundle-page.ts';
import { openChromium } from '/work/main/test/support/open-chromium.ts';
import { serveFiles } from '/work/main/test/support/serve-files.ts';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
console.time('bundle');
const modules = await bundleModules({ page: 'test/sdk/web/page.ts', 'engine-worker': 'packages/sdk/src/web/engine-worker.ts' });
console.timeEnd('bundle');
console.log(Object.entries(modules).map(([p, b]) => p + ' ' + b.length));
const ort = join(repositoryRoot, 'node_modules/onnxruntime-web/dist');
const files: any = { ...modules, '/engine-worker.ts': modules['/engine-worker.js'], '/': { text: '<!doctype html><script type=module src=/page.js></script>', type: 'text/html' } };
for (const n of readdirSync(ort)) if (n.endsWith('.wasm')) files['/' + n] = join(ort, n);
for (const n of ['config.json','tokenizer.json','vocabulary.json','figurine.safetensors']) files['/figurine/' + n] = join(repositoryRoot, 'models/figurine', n);
const server = await serveFiles(files, { isolated: process.argv[2] === 'isolated' });
const browser = await openChromium(['--enable-unsafe-webgpu']);
try {
const page = await browser.context.newPage();
page.on('console', m => console.log('page:', m.text().slice(0, 300)));
page.on('pageerror', e => console.log('pageerror:', e.message));
await page.goto(server.url + '/');
await page.waitForFunction('globalThis.page');
const out = await page.evaluate(async () => {
  const p = (globalThis as any).page;
  const t0 = performance.now();
  const files = await p.filesAt('/figurine', ['config.json','tokenizer.json','vocabulary.json','figurine.safetensors']);
  const engine = await p.createWebEngine({ model: { id: 'figurine', files }, device: 'wasm' });
  const t1 = performance.now();
  const d = await engine.describe();
  const models = await engine.models();
  const r = await engine.generate({ prompt: 'a woman in a red dress', width: 64, height: 64, steps: 2, seed: 3, poses: [] });
  const t2 = performance.now();
  const r2 = await engine.generate({ prompt: 'a woman in a red dress', width: 64, height: 64, steps: 2, seed: 3, poses: [] });
  const t3 = performance.now();
  return { d, m: models.map((x: any) => [x.id, x.config.name, x.adapters.map((a: any) => a.name)]), start: t1 - t0, first: t2 - t1, second: t3 - t2, size: r.pictures[0].raster.data.length, t: r2.timings };
});
console.log(JSON.stringify(out, null, 1));
} finally { await browser.close(); await server.close(); }
