// What is still wrong with an adapter? The suite tells, without a test framework. With one:
// describeConformance({ describe, it }, 'my host', hostChecks, makeBench).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostChecks, runConformance } from '@stable-pose/sdk/testing';
import { FolderHost, makeDocument } from '../04-host-adapter/folder-host.mjs';

/** A bench: the adapter, and a person's hands. What is left out is skipped, with a reason. */
async function makeBench() {
  const folder = await mkdtemp(join(tmpdir(), 'folder-host-'));
  const host = new FolderHost(folder);
  return {
    host,
    /** @param {import('@stable-pose/sdk/testing').HostScene} scene */
    open: ({ canvas, picture, poses }) => makeDocument(folder, canvas, picture, poses),
    cannotSelect: /** @type {const} */ (['area', 'nothing']),
    undo: () => host.undo(),
    closeDocument: () => rm(join(folder, 'document.json')),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const log = console.log;
console.log = () => {};
const outcomes = await runConformance(hostChecks, makeBench, {
  onOutcome: ({ rule, title, outcome, reason }) => {
    const sign = { passed: '✓', skipped: '–', failed: '✗' }[outcome];
    log(`${sign} [${rule}] ${title}${reason ? `\n    ${reason}` : ''}`);
  },
});
const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
log(`${outcomes.length} rules, ${failed.length} broken.`);
process.exitCode = failed.length > 0 ? 1 : 0;
