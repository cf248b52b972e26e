/**
 * `npm run faults`: client, server, Redis and workers in processes of their own, and what happens to jobs when one of them ends,
 * the network is cut or a disk is full. Prints a table; fails when a job is lost or done twice.
 *
 *   --fault NAME   only this one (may be given several times)
 *   --rounds N     10 unless told
 *   --jobs N       200 a round unless told
 */
import { parseArgs } from 'node:util';
import { redisProgram } from '../support/redis.ts';
import { FaultRig } from './fault-rig.ts';
import { faultRound, type RoundReport } from './fault-round.ts';
import { faults } from './faults.ts';

const { values } = parseArgs({
  options: {
    fault: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '200' },
  },
});
if (redisProgram === undefined) {
  console.error('There is no Redis: install redis-server, or name it in REDIS_SERVER_PATH.');
  process.exit(1);
}
const [rounds, jobs] = [Number(values.rounds), Number(values.jobs)];
const chosen = faults.filter(({ name }) => values.fault?.includes(name) ?? true);
if (chosen.length === 0 || !(rounds >= 1) || !(jobs >= 1)) {
  console.error(`--rounds and --jobs are numbers; faults are: ${faults.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}
console.log('| fault | rounds | jobs | lost | done twice | told of a full disk | seconds a round |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
let isBroken = false;
for (const fault of chosen) {
  const rig = await FaultRig.start();
  try {
    if (fault.isPossible?.(rig) === false) {
      console.log(`| ${fault.what} | skipped: small disks cannot be mounted here |`);
      continue;
    }
    const reports: RoundReport[] = [];
    for (let round = 0; round < rounds; round++) {
      const report = await faultRound(rig, fault, { jobs, round });
      for (const line of [...report.lost, ...report.twice]) console.error(line);
      console.error(`${fault.name}, round ${round + 1} of ${rounds}: ${report.seconds.toFixed(1)} s`);
      reports.push(report);
    }
    const sum = (of: (report: (typeof reports)[number]) => number) =>
      reports.reduce((total, report) => total + of(report), 0);
    const [lost, twice] = [sum((report) => report.lost.length), sum((report) => report.twice.length)];
    isBroken ||= lost + twice > 0;
    const seconds = reports.map((report) => report.seconds).sort((a, b) => a - b);
    console.log(
      `| ${fault.what} | ${rounds} | ${sum((report) => report.jobs)} | ${lost} | ${twice} | ` +
        `${sum((report) => report.refusals)} | ${seconds[0].toFixed(1)} to ${seconds[seconds.length - 1].toFixed(1)} |`,
    );
  } finally {
    await rig.close();
  }
}
process.exit(isBroken ? 1 : 0);
