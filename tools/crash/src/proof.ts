import { parseArgs } from 'node:util';
import { runProgram } from './run-program.ts';

/**
 * `npm run proof`: power cuts, the same without fsync (which must lose), kills, failures of every system call, a webhook's sender
 * and migrations that are killed; `--long` for many more of them.
 *
 * Exit code 0: everything held; 1: something did not. What cannot run here is named and counted.
 */
const { values } = parseArgs({ options: { long: { type: 'boolean', default: false } } });
const [cuts, seconds, injections, changes, events, conversations] = values.long
  ? ['5000', '60', '--long', '100000', '5000', '20000']
  : ['100', '15', '--quick', '10000', '500', '500'];

const runs: readonly (readonly string[])[] = [
  ['power-cut.ts', '--cuts', cuts],
  ['power-cut.ts', '--cuts', '20', '--without-fsync'],
  ['kill.ts', '--seconds', seconds],
  ['inject.ts', injections],
  ['../../webhook-proof/src/webhook-proof.ts', '--changes', changes],
  ['../../event-proof/src/proof.ts', '--events', events],
  ['../../migration-proof/src/proof.ts', '--conversations', conversations],
];

const codes: number[] = [];
for (const [program = '', ...options] of runs) {
  console.log(`\n== ${program} ${options.join(' ')}`);
  codes.push(await runProgram(program, options));
}
const count = (code: number): number => codes.filter((each) => each === code).length;
console.log(`\nProof: ${count(0)} held, ${codes.length - count(0) - count(2)} failed, ${count(2)} could not run here`);
process.exitCode = codes.every((code) => code === 0 || code === 2) ? 0 : 1;
