import { parseArgs } from 'node:util';
import { runForm } from './run-form.ts';

/**
 * Kills a process that tells a webhook of changes every 2 seconds, while the receiver fails three times in ten and connections break. Exit code 0:
 * nothing was lost, no id changed, and the order of each path was kept; 1: the opposite; 130: interrupted.
 */
const { values: given } = parseArgs({
  options: {
    changes: { type: 'string', default: '10000' },
    'kill-every-ms': { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const [changes, killEveryMs, seed] = [given.changes, given['kill-every-ms'], given.seed].map(Number) as [number, number, number];

/** One mistake shows again and again; so many faults are printed, and all are counted. */
const maxPrintedFaults = 20;

const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
try {
  const results = [];
  for (const form of ['plain', 'batched'] as const) {
    results.push(await run(form));
  }
  process.exitCode = results.every(Boolean) ? 0 : 1;
} catch (error) {
  if (!stop.signal.aborted) {
    throw error;
  }
  process.exitCode = 130;
}

/** @returns Whether everything held. */
async function run(form: 'plain' | 'batched'): Promise<boolean> {
  const started = performance.now();
  const result = await runForm({ form, changes, killEveryMs, seed, signal: stop.signal });
  const { faults, acknowledged, unacknowledged, requests, repeated, attempts, broken, extra, kills } = result;
  for (const fault of faults.slice(0, maxPrintedFaults)) {
    console.error(`fault: ${fault}`);
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${form}: ${acknowledged} changes acknowledged, ${unacknowledged} cut off, ${kills} kills in ${seconds} s; ` +
      `${attempts} requests, ${broken} broken on the way, ${requests} with an id of their own taken, ${repeated} of them again; ` +
      `${extra} events besides; seed ${seed}`,
  );
  const lost = faults.filter((fault) => /^(lost|different)/.test(fault)).length;
  const changed = faults.filter((fault) => fault.startsWith('changed')).length;
  const overtaken = faults.filter((fault) => fault.startsWith('overtaken')).length;
  const succeeded = faults.length === 0 && kills > 0 && broken > 0 && repeated > 0 && acknowledged >= changes;
  console.log(`${form}: ${lost} lost, ${changed} changed ids, ${overtaken} out of order${succeeded ? '' : ': FAILED'}`);
  return succeeded;
}
