import { FileEventStore } from '@oh/event-store';
import { type FileStore, withPrefix } from '@oh/file-store-core';
import { maxPayloadBytes, type Protocol, type Target } from '../protocol.ts';

/** The logs of the writer, which go on from change to change. */
const logs = new WeakMap<FileStore, FileEventStore>();

/** The event log of a conversation. What was cut off of the last line is no damage, and the log goes on behind it. */
export const eventLog: Protocol = {
  keys: 1,
  workersPerKey: 1,
  async step(target, sequence, random) {
    const log = logs.get(target.store) ?? open(target);
    logs.set(target.store, log);
    const { id } = await log.append({ author: target.author, sequence, content: 'x'.repeat(random.below(maxPayloadBytes)) });
    return id + 1;
  },
  async check(target, { acknowledged, started }) {
    const log = open(target);
    const events = log.search();
    let whole = 0;
    for await (const event of events) {
      whole += event.id === whole && event['sequence'] === whole + 1 && event['author'] === target.author ? 1 : 0;
    }
    const message = `${target.path} has ${whole} events in a row, wanted ${acknowledged} to ${started}`;
    if (whole < acknowledged || whole > started || events.unreadable.length > 0) {
      return [{ kind: whole < acknowledged ? 'lost' : 'torn', message: `${message}; ${events.unreadable.length} gaps` }];
    }
    const { id } = await log.append({ author: target.author, sequence: whole + 1 });
    // An event of which only the newline was missing counts from here on.
    const goesOn = id === whole || (id === whole + 1 && id < started);
    return goesOn ? [] : [{ kind: 'torn', message: `${message}; the next one was ${id}` }];
  },
};

function open({ store, path }: Target): FileEventStore {
  return new FileEventStore({ files: withPrefix(store, path), conversationId: 'c1' });
}
