import { createHash } from 'node:crypto';
import { FileEventStore } from '@oh/event-store';
import { conversationId, openPlace, type Place } from './place.ts';

/** What is compared with the log. */
export interface Expected {
  readonly writers: number;
  readonly perWriter: number;
  /** The ids that were acknowledged, with the writer they were acknowledged to. */
  readonly acknowledged: ReadonlyMap<number, number>;
  /** What the tails have printed. */
  readonly tails: readonly string[];
}

/** @returns What is wrong with the log; nothing when it is what it should be. */
export async function judgeLog(place: Place, { writers, perWriter, acknowledged, tails }: Expected): Promise<readonly string[]> {
  const faults: string[] = [];
  const files = openPlace(place);
  const store = new FileEventStore({ files, conversationId });
  const hash = createHash('sha256');
  const next = new Map<string, number>();
  const events = store.search();
  let nextId = 0;
  for await (const { id, source = '', n } of events) {
    if (id !== nextId) {
      faults.push(`the event ${nextId} is missing: ${id} follows`);
    }
    if (n !== (next.get(source) ?? 0)) {
      faults.push(`the event ${id} is number ${n} of ${source}, wanted ${next.get(source) ?? 0}`);
    }
    const owner = acknowledged.get(id);
    if (owner !== undefined && source !== `writer-${owner}`) {
      faults.push(`the event ${id} was acknowledged to writer ${owner}, and is one of ${source}`);
    }
    hash.update(`${id} ${source} ${n}\n`);
    next.set(source, Number(n) + 1);
    nextId = id + 1;
  }
  const total = writers * perWriter;
  if (nextId !== total || next.size !== writers) {
    faults.push(`${nextId} events of ${next.size} writers, wanted ${total} of ${writers}`);
  }
  const lost = [...acknowledged.keys()].filter((id) => id >= nextId);
  if (lost.length > 0) {
    faults.push(`${lost.length} acknowledged events are lost`);
  }
  faults.push(...events.unreadable.map(({ error }) => error.message));
  const wanted = `${total} ${hash.digest('hex')}`;
  faults.push(...tails.filter((tail) => tail !== wanted).map((tail) => `a tail saw "${tail}", the log is "${wanted}"`));
  await store.close();
  await files.close();
  return faults;
}
