// `npm run photoshop:simulator [FOLDER]`: the simulator with the built panel, or with another plug-in.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildPanel } from '../../../packages/photoshop-plugin/rollup.panel.mjs';
import { repositoryRoot } from '../../support/bundle-page.ts';
import { serveSimulator } from './serve-simulator.ts';

const given = process.argv[2];
const folder = given ? resolve(given) : join(repositoryRoot, 'packages/photoshop-plugin/dist');
if (!given) await buildPanel(folder);
if (!existsSync(join(folder, 'manifest.json'))) throw new Error(`There is no manifest.json in ${folder}.`);
const { url } = await serveSimulator(folder);
console.log(`The simulator is at ${url}`);
