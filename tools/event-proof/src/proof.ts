import { parseArgs } from 'node:util';
import { judgeLog } from './judge-log.ts';
import { type Backend, backends, missingFor, openProvingGround } from './open-server.ts';
import { ProgramLines } from './program-lines.ts';
import { runWriters } from './run-writers.ts';

/**
 * Many processes append to one log, and are killed at random; two others follow it. Afterwards ids are contiguous, each event is there once, in the order
 * of its writer, nothing that was acknowledged is missing or another's, and both tails have seen exactly the log.
 *
 * Exit code 0: it held on every backend that is here; 1: it did not; 2: no backend could be tried.
 */
const { values } = parseArgs({
  options: {
    writers: { type: 'string', default: '8' },
    events: { type: 'string', default: '500' },
    kills: { type: 'string', default: '12' },
    on: { type: 'string', default: backends.join(',') },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
});
const writers = Number(values.writers);
const perWriter = Number(values.events);
const seed = Number(values.seed);
console.log(`${writers} writers of ${perWriter} events each, 2 tails, seed ${seed}`);

const results: boolean[] = [];
for (const backend of backends.filter((each) => values.on.split(',').includes(each))) {
  const missing = missingFor(backend);
  if (missing === undefined) {
    results.push(await prove(backend));
  } else {
    console.log(`${backend}: not tried: ${missing}`);
  }
}
process.exitCode = results.length === 0 ? 2 : results.every((held) => held) ? 0 : 1;

async function prove(backend: Backend): Promise<boolean> {
  await using ground = await openProvingGround(backend, seed);
  const began = performance.now();
  const tails: string[] = [];
  const total = writers * perWriter;
  const program = new URL('./event-tail.ts', import.meta.url);
  const followers = [0, 1].map(() => new ProgramLines(program, [JSON.stringify(ground.broken), `${total}`], (line) => tails.push(line)));
  const run = await runWriters({ place: ground.broken, writers, perWriter, kills: Number(values.kills), random: randomOf(seed) });
  if (run.faults.length > 0) {
    // The log never gets as long as they wait for.
    for (const follower of followers) {
      follower.kill();
    }
  }
  const codes = await Promise.all(followers.map((follower) => follower.closed()));
  const faults = [
    ...run.faults,
    ...codes.flatMap((code) => (code === 0 ? [] : [`a tail ended with ${code}`])),
    ...(await judgeLog(ground.whole, { writers, perWriter, acknowledged: run.acknowledged, tails })),
  ];
  const seconds = (performance.now() - began) / 1000;
  const counts = `${total} events, ${run.acknowledged.size} acknowledged, ${run.kills} kills, ${ground.faults()} broken exchanges, ${seconds.toFixed(0)} s`;
  console.log(`${backend}: ${counts}: ${faults.length === 0 ? 'held' : `${faults.length} FAULTS`}`);
  for (const fault of faults.slice(0, 10)) {
    console.log(`  ${fault}`);
  }
  return faults.length === 0;
}

/** Marsaglia's xorshift: the same seed, the same victims. */
function randomOf(start: number): () => number {
  let state = (start * 2 + 1) | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
