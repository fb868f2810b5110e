import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from './place.ts';
import { ProgramLines } from './program-lines.ts';

/** How the writers are run. */
export interface RunWritersOptions {
  readonly place: Place;
  readonly writers: number;
  readonly perWriter: number;
  /** How many kills there are to be, about. */
  readonly kills: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What was seen of the writers. */
export interface WritersResult {
  /** The ids that were acknowledged, with the writer they were acknowledged to. */
  readonly acknowledged: ReadonlyMap<number, number>;
  readonly kills: number;
  /** What ended that should not. */
  readonly faults: readonly string[];
}

const program = new URL('./event-writer.ts', import.meta.url);

/** Runs all writers to their end; those that are killed are started again at once. */
export async function runWriters(options: RunWritersOptions): Promise<WritersResult> {
  const { place, writers, perWriter, random } = options;
  const acknowledged = new Map<number, number>();
  const faults: string[] = [];
  const running = new Map<number, ProgramLines>();
  let kills = 0;
  let sinceKill = 0;
  const eventsPerKill = Math.ceil((writers * perWriter) / Math.max(1, options.kills));
  const onAcknowledged = (): void => {
    sinceKill += 1;
    const victims = [...running.values()];
    if (sinceKill >= eventsPerKill / 2.5 && victims.length > 0) {
      sinceKill = 0;
      kills += 1;
      victims[Math.floor(random() * victims.length)]?.kill();
    }
  };
  const runWriter = async (writer: number): Promise<void> => {
    let last = 0;
    for (let code: number | null = null; code === null; ) {
      const lines = new ProgramLines(program, [JSON.stringify(place), `${writer}`, `${perWriter}`, `${last}`], (line) => {
        if (line.startsWith('resumed')) {
          running.set(writer, lines);
          return;
        }
        for (const id of line.split(' ').map(Number)) {
          acknowledged.set(id, writer);
          last = Math.max(last, id);
        }
        onAcknowledged();
      });
      code = await lines.closed();
      running.delete(writer);
      if (code !== null && code !== 0) {
        faults.push(`writer ${writer} ended with ${code}`);
      }
      await delay(0);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => runWriter(writer)));
  return { acknowledged, kills, faults };
}
