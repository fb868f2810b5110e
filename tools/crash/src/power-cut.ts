import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CutImage } from './cut-image.ts';
import { CutTally } from './cut-tally.ts';
import { runOneCut } from './one-cut.ts';
import { type PowerCutOptions, parsePowerCutOptions } from './power-cut-options.ts';
import { missingPrerequisite } from './prerequisites.ts';
import { Progress } from './progress.ts';
import { Random } from './random.ts';

/**
 * Cuts the power under a `LocalFileStore` again and again.
 *
 * Exit code 0: nothing was lost (with `--without-fsync`: losses were caught on every file system); 1: the opposite; 2: it cannot run here.
 */
const verdicts = {
  durable: {
    succeeded: 'Nothing acknowledged was lost, nothing was torn.',
    failed: 'FAILED: something acknowledged was lost, or something was torn.',
  },
  atomic: {
    succeeded: 'Without fsync the losses were caught, as they must be.',
    failed: 'FAILED: without fsync something must be lost, and was not seen.',
  },
};
const options = parsePowerCutOptions();
const missing = missingPrerequisite(options.fileSystems);
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
if (missing === undefined) {
  process.exitCode = await run(options);
} else {
  console.error(`power-cut cannot run here: ${missing}`);
  process.exitCode = 2;
}

async function run({ fileSystems, ...cuts }: PowerCutOptions): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'oh-power-cut-'));
  console.log(`power-cut: durability ${cuts.durability}, --seed ${cuts.seed}, in ${directory}`);
  let succeeded = true;
  try {
    for (const fileSystem of fileSystems) {
      const image = new CutImage(directory, fileSystem);
      const tally = await runCuts(image, fileSystem, cuts);
      succeeded = tally.acknowledged > 0 && tally.faults > 0 === (cuts.durability === 'atomic') && succeeded;
    }
  } catch (error) {
    if (!stop.signal.aborted) {
      throw error;
    }
    console.error('power-cut: interrupted');
    return 130;
  } finally {
    rmSync(directory, { recursive: true });
  }
  console.log(succeeded ? verdicts[cuts.durability].succeeded : verdicts[cuts.durability].failed);
  return succeeded ? 0 : 1;
}

/** Makes all cuts of one file system. */
async function runCuts(image: CutImage, fileSystem: string, { cuts, durability, protocols, seed }: Omit<PowerCutOptions, 'fileSystems'>) {
  const random = new Random(seed);
  const tally = new CutTally();
  const progress = new Progress();
  const startedAt = performance.now();
  try {
    image.mount();
    for (let cut = 1; cut <= cuts; cut += 1) {
      stop.signal.throwIfAborted();
      const result = await runOneCut(image, { cut, durability, protocols, random, signal: stop.signal });
      tally.add(result);
      progress.show(`${fileSystem}: ${tally}`);
      for (const { message } of durability === 'durable' ? result.findings.filter(({ kind }) => kind !== 'tail') : []) {
        console.error(`\n${fileSystem}, cut ${cut}, flag ${result.flag}: ${message}`);
      }
    }
  } finally {
    await image.unmount();
  }
  progress.clear();
  console.log(`${fileSystem}: ${tally}; ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  return tally;
}
