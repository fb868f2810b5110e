import { once } from 'node:events';
import { openContestant } from './contestant.ts';
import type { ProgramResult } from './run-programs.ts';
import { bodyOf, isWholeBody } from './two-bodies.ts';

/** Usage: a child with a channel, `program.ts TASK LIBRARY DIRECTORY AMOUNT`. Says that it is ready, waits to be told to begin, and sends a result. */
const [task = '', library = '', directory = '', amount = ''] = process.argv.slice(2);
const contestant = await openContestant(library, directory);

const tasks: Readonly<Record<string, () => Promise<ProgramResult>>> = {
  overwrite: () =>
    untilTimeIsUp(async (number) => {
      await contestant.write(bodyOf(number));
      return true;
    }),
  read: () => untilTimeIsUp(async () => isWholeBody(await contestant.read())),
  increment: incrementAll,
};

process.send?.('ready');
await once(process, 'message');
process.send?.(await tasks[task]?.());
process.disconnect();
process.exit();

/** A failure is a wrong result: the file is there all the time. */
async function untilTimeIsUp(action: (number: number) => Promise<boolean>): Promise<ProgramResult> {
  const begun = performance.now();
  let done = 0;
  let wrong = 0;
  while (performance.now() - begun < Number(amount) * 1000) {
    done += 1;
    wrong += (await action(done).catch(() => false)) ? 0 : 1;
  }
  return { done, wrong, seconds: (performance.now() - begun) / 1000 };
}

/** Until so many are acknowledged: what failed is tried again, as a caller would. */
async function incrementAll(): Promise<ProgramResult> {
  const begun = performance.now();
  let done = 0;
  let wrong = 0;
  while (done < Number(amount)) {
    try {
      await contestant.increment();
      done += 1;
    } catch {
      // A part was read, or the library refused: not acknowledged, so nothing is lost by it.
      wrong += 1;
    }
  }
  return { done, wrong, seconds: (performance.now() - begun) / 1000 };
}
