#!/usr/bin/env node
import { relative } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { createPlugin } from './create-plugin.ts';

const [folder, ...more] = process.argv.slice(2);
try {
  if (folder === undefined || folder.startsWith('-') || more.length > 0) {
    throw new StablePoseError('invalid-input', 'The name of one new folder was expected.', {
      remedy: 'Try: npm create @stable-pose/plugin my-plugin',
    });
  }
  const created = await createPlugin(folder);
  const path = relative(process.cwd(), created.folder);
  process.stdout.write(
    [
      `${created.name} is there. Next:`,
      '',
      ...(path === '' ? [] : [`  cd ${path}`]),
      '  npm install',
      '  npm test        what a host adapter must do, rule by rule',
      '  npm start       a posed picture into a document, as picture.png',
      '',
    ].join('\n'),
  );
} catch (error) {
  if (!StablePoseError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code === 'invalid-input' ? 2 : 1;
}
