// `npm run figma:simulator [FOLDER]`: the simulator with the built plug-in, or with another one.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildFigmaPlugin } from '../../../packages/figma-plugin/rollup.plugin.mjs';
import { repositoryRoot } from '../../support/bundle-page.ts';
import { serveSimulator } from './serve-simulator.ts';

const given = process.argv[2];
const folder = given ? resolve(given) : join(repositoryRoot, 'packages/figma-plugin/dist');
if (!given) await buildFigmaPlugin(folder);
if (!existsSync(join(folder, 'manifest.json'))) throw new Error(`There is no manifest.json in ${folder}.`);
const { url } = await serveSimulator({ '/plugin/': folder });
console.log(`The simulator is at ${url}`);
