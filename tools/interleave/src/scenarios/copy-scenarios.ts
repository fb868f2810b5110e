import { type EventInput, exportEvents, forkEvents, importEvents, type StoredEvent } from '@oh/event-store';
import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Play, Scenario, Stage } from '../scenario.ts';
import { openEvents } from './event-log.ts';
import { objectStore } from './event-scenarios.ts';

const source = 'c0';
const bundle = 'bundle.jsonl';

/** The events that are copied: two of one append, and one without a name. */
const copied: readonly EventInput[] = ['x', 'y', 'z'].map((name) => ({ source: name }));

async function prepareSource(files: FileStore): Promise<void> {
  const store = openEvents(files, { id: source });
  await store.appendAll(copied.slice(0, 2), { operationId: 'both' });
  await store.append(copied[2] ?? {});
  await files.write(bundle, Buffer.concat(await Array.fromAsync(exportEvents(store))));
}

/** A way to fill the log. */
type Copy = (files: FileStore) => Promise<unknown>;

const importBundle: Copy = async (files) => await importEvents(openEvents(files), await files.readStream(bundle));
const fork: Copy = async (files) =>
  await forkEvents(openEvents(files, { id: source }), openEvents(files), { atEventId: copied.length - 1 });

/** @param writesTo The log to which somebody else appends. @param before How many events of the source are in the log before. */
function copyAndAppend(name: string, copy: Copy, writesTo: string | undefined, capabilities = {}): Scenario {
  return {
    name,
    capabilities,
    faultsAt: /^(write|append|delete)/,
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareSource,
    begin: () => {
      let isCopied = false;
      let isAppended = false;
      const copier = async ({ files }: Stage): Promise<void> => {
        try {
          await repeat(() => copy(files));
          isCopied = true;
        } catch (error) {
          refuseOther(error);
        }
      };
      const writer = async ({ files }: Stage): Promise<void> => {
        const store = openEvents(files, writesTo === undefined ? {} : { id: writesTo });
        await repeat(() => store.append({ source: 'other' }, { operationId: 'other' }));
        isAppended = true;
        await store.close();
      };
      const check: Play['check'] = async (files) => {
        await checkLog(files, isCopied);
        const others = (await readLog(files, writesTo)).filter((event) => event.source === 'other').length;
        if (others > 1 || (isAppended && others === 0)) {
          throw new Error(`there are ${others} events of the other writer`);
        }
        await copy(files).then(() => checkLog(files, true), refuseOther);
      };
      return { actors: { first: copier, second: copier, writer }, check };
    },
  };
}

async function readLog(files: FileStore, id: string | undefined): Promise<readonly StoredEvent[]> {
  return await Array.fromAsync(openEvents(files, id === undefined ? {} : { id }).search());
}

/** Nothing of the source is there twice or out of its order; what comes behind somebody else's event may lack some. @param isWhole Whether the log begins with all of it. */
async function checkLog(files: FileStore, isWhole: boolean): Promise<void> {
  const log = await readLog(files, undefined);
  const wanted = copied.map((event) => event.source);
  const places = log.filter((event) => event.source !== 'other').map((event) => wanted.indexOf(event.source));
  const isOrdered = places.every((place, i) => place > (places[i - 1] ?? -1));
  const isBroken = isWhole && wanted.some((each, i) => log[i]?.source !== each);
  if (!isOrdered || isBroken || log.some((event, i) => event.id !== i)) {
    throw new Error(`the log is ${log.map((event) => `${event.id}:${event.source}`).join(' ') || 'empty'}`);
  }
}

/** A log to which somebody else appends meanwhile, or that begins with something else, is not filled. */
function refuseOther(error: unknown): void {
  if (!(hasErrorCode(error, 'already-exists') || hasErrorCode(error, 'version-mismatch'))) {
    throw error;
  }
}

/** `@oh/event-store`: a log is filled from another one, twice at once, while somebody appends. */
export const copyScenarios: readonly Scenario[] = [
  copyAndAppend('events: import, import, append', importBundle, undefined, objectStore),
  copyAndAppend('events: import, import, append, on a store that appends', importBundle, undefined),
  copyAndAppend('events: fork, fork, append to the source', fork, source, objectStore),
  copyAndAppend('events: fork, fork, append to the fork, on a store that appends', fork, undefined),
];
