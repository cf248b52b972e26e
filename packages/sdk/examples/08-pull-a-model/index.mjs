// Fetch a model, see how far it is, stop, go on; then use it. node index.mjs owner/name (or an https address, or a path)
import { existsSync } from 'node:fs';
import { createNodeEngine, openModelFolder } from '@stable-pose/sdk/node';

const [source = 'owner/name', folder] = process.argv.slice(2);
const store = openModelFolder({ folder });

/** @type {import('@stable-pose/sdk').ModelReference} */
const reference = source.includes('://')
  ? { from: 'url', url: source }
  : existsSync(source)
    ? { from: 'path', path: source }
    : { from: 'hub', repository: source };

const model = await store.pull(reference, {
  onProgress: ({ stage, file, bytes, totalBytes }) => {
    if (stage !== 'list' && totalBytes) console.log(file, `${Math.floor((100 * bytes) / totalBytes)} %`);
  },
});
console.log('here:', model.id, model.bytes, 'bytes');

const engine = createNodeEngine({ models: [], store });
for (const { id, config, adapters } of await engine.models()) {
  console.log(
    id,
    config.nativeSize,
    adapters.map(({ name }) => name),
  );
}
await engine.dispose();
