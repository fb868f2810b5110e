import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smallEvent } from './event-of-size.ts';
import type { Side } from './measure-rates.ts';

/**
 * A side that does what OpenHands' agent server times as the writing of an event: opens its lock file, writes a new file for the event, closes both.
 * One at a time, as the lock has it. Not done: the listing of the directory that comes before, which grows with the log.
 */
export function filePerEvent(name: string, directory: string): Side {
  let turn = 0;
  let appended = 0;
  let waiting: Promise<void> = Promise.resolve();
  const events = (): string => join(directory, `turn-${turn}`);
  const write = async (number: number): Promise<void> => {
    const lock = await open(join(events(), '.eventlog.lock'), 'a', 0o600);
    await writeFile(
      join(events(), `event-${String(number).padStart(5, '0')}-abcdef01.json`),
      JSON.stringify({ id: number, ...smallEvent(number) }),
    );
    await lock.close();
  };
  return {
    name,
    prepare: async () => {
      turn += 1;
      appended = 0;
      await mkdir(events(), { recursive: true });
    },
    run: () => {
      appended += 1;
      const number = appended;
      waiting = waiting.then(() => write(number));
      return waiting;
    },
    check: async () => await rm(events(), { recursive: true }),
  };
}
