import assert from 'node:assert/strict';
import type { FileStore } from '@oh/file-store-core';

/** Callers that race for one file. */
export const racers = 32;

/** Rounds under way at once: more than one, so that the pauses between attempts are not waited for one after the other. */
const roundsAtOnce = 8;

/** How many rounds are raced: `OH_TEST_RACE_ROUNDS`, else 20. */
export function raceRounds(env: NodeJS.ProcessEnv = process.env): number {
  return Number(env['OH_TEST_RACE_ROUNDS'] || 20);
}

/** Who races, and where. */
export interface Race {
  /** The store whose connections break. */
  readonly store: FileStore;
  /** The same files, reached without: it tells what is really there. */
  readonly beside: FileStore;
  /** Files that are raced for, each by {@link racers} creates at once. */
  readonly rounds: number;
}

/**
 * Lets callers race to create files, round by round.
 *
 * @throws {AssertionError} A round did not have exactly one winner who knows it, with the contents and the version that are there, or a loser was
 *   told anything else than `already-exists`.
 */
export async function raceCreates({ store, beside, rounds }: Race): Promise<void> {
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < rounds) {
      const path = `round/${next}`;
      next += 1;
      await raceOnce(path, store, beside);
    }
  };
  await Promise.all(Array.from({ length: roundsAtOnce }, runner));
}

async function raceOnce(path: string, store: FileStore, beside: FileStore): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: racers }, (_, racer) => store.write(path, `${racer}`, { ifAbsent: true })));
  for (const result of results) {
    assert.ok(result.status === 'fulfilled' || result.reason.code === 'already-exists', `${path}: ${JSON.stringify(result)}`);
  }
  const winners = results.flatMap((result, racer) =>
    result.status === 'fulfilled' ? { racer: `${racer}`, version: result.value.version } : [],
  );
  const there = { racer: await beside.read(path), version: (await beside.stat(path)).version };
  assert.deepEqual(winners, [there], path);
}
