import type { Scenario, Stage } from '../scenario.ts';
import { growLog, LogRecord, openEvents } from './event-log.ts';

/** Object stores do not append: a log is segments and a manifest there. */
export const objectStore = { append: false } as const;

/** So many segments are merged when one more is appended. */
export const ripe = 32;

/** As many as are merged at once, and as many again as are worth it. */
const long = 256 + ripe;

/** `@oh/event-store`: appends, repeated appends, compaction and readers. */
export const eventScenarios: readonly Scenario[] = [
  {
    name: 'events: append, append, follow',
    capabilities: objectStore,
    bound: { preemptions: 2, beside: 0 },
    begin: () => appendAndFollow(),
  },
  {
    name: 'events: append, append, follow, on a store that appends',
    bound: { preemptions: 2, beside: 0 },
    begin: () => appendAndFollow(),
  },
  {
    name: 'events: several at once, and their repetition by another',
    capabilities: objectStore,
    bound: { preemptions: 2, beside: 1 },
    begin: () => {
      const record = new LogRecord();
      return {
        actors: {
          first: async ({ files }) => await record.append(openEvents(files), 'several', 3),
          second: async ({ files }) => await record.append(openEvents(files), 'other', 2),
        },
        check: (files) => record.check(files),
      };
    },
  },
  {
    name: 'events: two appends that compact',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: (files) => growLog(files, ripe),
    begin: () => appendAndCompact(ripe),
  },
  {
    // More than one compaction merges at once: the second one names what the first has merged, and leaves it as it is.
    name: 'events: two appends that compact a long log',
    capabilities: objectStore,
    bound: { preemptions: 0, beside: 1 },
    faultsAt: /^write .*manifest\.json$/,
    prepare: (files) => growLog(files, long),
    begin: () => appendAndCompact(long),
  },
  {
    name: 'events: an append that compacts, an append, read',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: (files) => growLog(files, ripe),
    begin: () => {
      const record = new LogRecord(ripe);
      return {
        actors: {
          first: (stage) => appendAndClose(stage, record, 'a1'),
          second: async ({ files }) => await record.appendOnce(openEvents(files), 'b1'),
          reader: async (stage) => {
            const store = openEvents(stage.files);
            await record.read(stage, store);
            await record.read(stage, store, true);
          },
        },
        check: (files) => record.check(files),
      };
    },
  },
  {
    name: 'events: an append that compacts, follow',
    capabilities: objectStore,
    bound: { preemptions: 1, beside: 0 },
    prepare: (files) => growLog(files, ripe),
    begin: () => {
      const record = new LogRecord(ripe);
      return {
        actors: {
          first: (stage) => appendAndClose(stage, record, 'a1', 'a2'),
          tail: (stage) => record.follow(stage),
        },
        check: (files) => record.check(files),
      };
    },
  },
];

function appendAndFollow(): ReturnType<Scenario['begin']> {
  const record = new LogRecord();
  return {
    actors: {
      first: async ({ files }) => {
        const store = openEvents(files);
        await record.append(store, 'a1');
        await record.append(store, 'a2');
      },
      second: async ({ files }) => await record.append(openEvents(files), 'b1'),
      tail: async (stage) => await record.follow(stage),
    },
    check: (files) => record.check(files),
  };
}

function appendAndCompact(before: number): ReturnType<Scenario['begin']> {
  const record = new LogRecord(before);
  const append = (stage: Stage): Promise<void> => appendAndClose(stage, record, stage.name);
  return { actors: { first: append, second: append }, check: (files) => record.check(files) };
}

/** Appends one event after the other; closing ends what is compacted meanwhile. */
async function appendAndClose({ files }: Stage, record: LogRecord, ...names: readonly string[]): Promise<void> {
  const store = openEvents(files);
  for (const name of names) {
    await record.append(store, name);
  }
  await store.close();
}
