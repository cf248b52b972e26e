import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchCase, BenchSkip } from '../bench-case.ts';
import { repositoryRoot } from '../run-case.ts';

const fewestPictures = 8;

export const freshCloneCases: readonly BenchCase[] = [
  {
    name: 'fresh-clone',
    what: 'fresh clone to demo pictures: git clone, npm ci with an empty cache, npm run demo',
    full: true,
    limits: { seconds: 180 },
    run: async ({ note }) => {
      const folder = await mkdtemp(join(tmpdir(), 'stable-pose-clone-'));
      const clone = join(folder, 'clone');
      const env: NodeJS.ProcessEnv = { ...process.env, npm_config_cache: join(folder, 'npm-cache') };
      const run = (program: string, args: readonly string[], cwd: string) => {
        const begin = performance.now();
        execFileSync(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
        const seconds = (performance.now() - begin) / 1000;
        note(`${program} ${args[0] === 'run' ? args[1] : args[0]} ${seconds.toFixed(1)} s`);
        return seconds;
      };
      try {
        let seconds = run('git', ['clone', '--quiet', repositoryRoot, clone], folder);
        const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: clone })
          .toString()
          .trim();
        note(`commit ${commit}`);
        const holdsModel = readdirSync(join(clone, 'models/figurine')).some((name) =>
          name.endsWith('.safetensors'),
        );
        if (!holdsModel && !env.STABLE_POSE_MODEL) throw new BenchSkip(`commit ${commit} holds no model.`);
        seconds += run('npm', ['ci'], clone);
        seconds += run('npm', ['run', 'demo'], clone);
        const out = join(clone, 'out');
        const made = existsSync(out)
          ? readdirSync(out).filter((name) => /(?<!-skeleton)\.png$/.test(name))
          : [];
        note(`${made.length} pictures`);
        if (made.length < fewestPictures) throw new Error(`The demo made ${made.length} pictures.`);
        return [seconds];
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
];
