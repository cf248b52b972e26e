// `npm test`: finds (or, as root on Debian, installs) what the suites need, then runs them.
// A suite whose need is not met is counted as skipped, aloud, and the line that would install it is printed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const needs = [
  {
    name: 'Chromium',
    variable: 'CHROMIUM_PATH',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    places: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:/Program Files/Google/Chrome/Application/chrome.exe',
    ],
    packages: ['chromium'],
  },
  {
    name: 'Redis',
    variable: 'REDIS_SERVER_PATH',
    programs: ['redis-server', 'valkey-server'],
    places: ['/opt/homebrew/bin/redis-server'],
    packages: ['redis-server'],
  },
];

function find(need) {
  const given = process.env[need.variable];
  if (given) return existsSync(given) ? given : undefined;
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => need.programs.map((name) => join(folder, name)));
  return [...onPath, ...need.places].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command, args) {
  return (
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0
  );
}

const missing = needs.filter((need) => !find(need));
if (missing.length > 0) {
  const packages = missing.flatMap((need) => need.packages);
  const mayInstall =
    process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && !process.env.STABLE_POSE_NO_INSTALL;
  if (mayInstall) {
    console.log(`Installing ${packages.join(', ')} for the tests ...`);
    if (run('apt-get', ['update', '-qq']))
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  } else {
    console.log(`To run every suite: sudo apt-get install ${packages.join(' ')}`);
  }
}

const env = { ...process.env };
for (const need of needs) {
  const path = find(need);
  if (path) env[need.variable] = path;
  else
    console.log(
      `SKIPPED: the suites that need ${need.name}; it was not found (set ${need.variable} to its path).`,
    );
}

const report = join('out', 'test-results.json');
rmSync(report, { force: true });
const result = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env },
);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  console.log(
    `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped`,
  );
}
process.exit(result.status ?? 1);
