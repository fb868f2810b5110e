import { type EventInput, exportEvents, type FileEventStore, forkEvents, importEvents, type StoredEvent } from '@oh/event-store';
import { type FileStore, hasErrorCode, homeLayout, type StorageLayout, sessionsLayout } from '@oh/file-store-core';
import { repeat } from '../repeat.ts';
import type { Play, Scenario, Stage } from '../scenario.ts';
import { conversationId, openEvents } from './event-log.ts';
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

/** A way to fill the log of a conversation that lies as a layout has it. */
type Copy = (files: FileStore, target: FileEventStore) => Promise<unknown>;

const importBundle: Copy = async (files, target) => await importEvents(target, await files.readStream(bundle));
const fork: Copy = async (files, target) => await forkEvents(openEvents(files, { id: source }), target, { atEventId: copied.length - 1 });

interface CopyAndAppendOptions {
  readonly copy: Copy;
  /** The log to which somebody else appends. Default: the one that is filled. */
  readonly writesTo?: string;
  readonly capabilities?: Scenario['capabilities'];
  /** Of the log that is filled. Default: `homeLayout`. */
  readonly layout?: StorageLayout;
  /** Default: 1. */
  readonly preemptions?: number;
}

function copyAndAppend(
  name: string,
  { copy, writesTo = conversationId, capabilities = {}, layout = homeLayout, preemptions = 1 }: CopyAndAppendOptions,
): Scenario {
  return {
    name,
    capabilities,
    faultsAt: /^(write|append|delete)/,
    bound: { preemptions, beside: 0 },
    prepare: prepareSource,
    begin: () => {
      let isCopied = false;
      let isAppended = false;
      const copier = async ({ files }: Stage): Promise<void> => {
        try {
          await repeat(() => copy(files, openEvents(files, { layout })));
          isCopied = true;
        } catch (error) {
          refuseOther(error);
        }
      };
      const writer = async ({ files }: Stage): Promise<void> => {
        const store = openEvents(files, { id: writesTo, layout });
        await repeat(() => store.append({ source: 'other' }, { operationId: 'other' }));
        isAppended = true;
        await store.close();
      };
      const check: Play['check'] = async (files) => {
        await checkLog(files, layout, isCopied);
        const others = (await readLog(files, layout, writesTo)).filter((event) => event.source === 'other').length;
        if (others > 1 || (isAppended && others === 0)) {
          throw new Error(`there are ${others} events of the other writer`);
        }
        await copy(files, openEvents(files, { layout })).then(() => checkLog(files, layout, true), refuseOther);
      };
      return { actors: { first: copier, second: copier, writer }, check };
    },
  };
}

async function readLog(files: FileStore, layout: StorageLayout, id: string): Promise<readonly StoredEvent[]> {
  return await Array.fromAsync(openEvents(files, { id, layout }).search());
}

/** Nothing of the source is there twice or out of its order; what comes behind somebody else's event may lack some. @param isWhole Whether the log begins with all of it. */
async function checkLog(files: FileStore, layout: StorageLayout, isWhole: boolean): Promise<void> {
  const log = await readLog(files, layout, conversationId);
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
  copyAndAppend('events: import, import, append', { copy: importBundle, capabilities: objectStore }),
  copyAndAppend('events: import, import, append, on a store that appends', { copy: importBundle }),
  // Several events are several steps there, and it takes two others to come between them.
  copyAndAppend("events: import, import, append, in OpenHands' own files", { copy: importBundle, layout: sessionsLayout, preemptions: 2 }),
  copyAndAppend('events: fork, fork, append to the source', { copy: fork, writesTo: source, capabilities: objectStore }),
  copyAndAppend('events: fork, fork, append to the fork, on a store that appends', { copy: fork }),
];
