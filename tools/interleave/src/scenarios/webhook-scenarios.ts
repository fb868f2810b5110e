import { type FileStore, withPrefix } from '@oh/file-store-core';
import { BatchedWebHookFileStore, type DeliveryClock, readOutbox } from '@oh/file-store-webhook';
import { repeat } from '../repeat.ts';
import type { Play, Scenario, Stage } from '../scenario.ts';

/** Time stands still: nothing is ever sent, so that all stays in the outbox. */
const clock: DeliveryClock = { now: () => Date.UTC(2026, 0, 1), startTimer: () => () => undefined };

function openHook(files: FileStore): BatchedWebHookFileStore {
  return new BatchedWebHookFileStore(withPrefix(files, 'data'), {
    baseUrl: 'http://localhost:1/',
    outbox: withPrefix(files, 'outbox'),
    clock,
  });
}

/** Changes, each of a size of its own. */
class ChangeRecord {
  readonly #acknowledged = new Set<string>();
  #bytes = 0;

  async write(hook: FileStore, path: string): Promise<void> {
    this.#bytes += 1;
    const bytes = this.#bytes;
    await repeat(() => hook.write(path, 'x'.repeat(bytes)));
    this.#acknowledged.add(path);
  }

  /** The next owner of the outbox tells of each path that was changed, in order and in the end what the store holds; a batch may pass over what comes before. */
  async check(files: FileStore): Promise<void> {
    const next = openHook(files);
    await next.write('next', '');
    const { pending } = await readOutbox(withPrefix(files, 'outbox'));
    for (const path of this.#acknowledged) {
      const told = pending.filter((notice) => notice.path === path).map(({ bytes }) => bytes);
      // What has to be looked at when it is sent is kept without contents.
      const known = told.filter((bytes) => bytes > 0);
      const { size } = await next.stat(path);
      const isOrdered = known.every((bytes, i) => bytes >= (known[i - 1] ?? 0));
      if (!isOrdered || (told.at(-1) !== size && told.at(-1) !== 0)) {
        throw new Error(`${path} has ${size} bytes, and what is told of it has ${told.join()}`);
      }
    }
  }
}

function changes(): Play {
  const record = new ChangeRecord();
  let hasEnded = false;
  const first = async ({ files }: Stage): Promise<void> => {
    const hook = openHook(files);
    await Promise.all([record.write(hook, 'a'), record.write(hook, 'b')]);
    await Promise.all([record.write(hook, 'a'), record.write(hook, 'b')]);
    hasEnded = true;
  };
  /** Takes over when the first one has ended: what one that still lives is just changing may be told by neither. */
  const second = async ({ files, delay, isAlone }: Stage): Promise<void> => {
    while (!hasEnded && !isAlone()) {
      await delay();
    }
    const hook = openHook(files);
    await record.write(hook, 'a');
  };
  return { actors: { first, second }, check: (files) => record.check(files) };
}

/** `@oh/file-store-webhook`: changes that are kept in an outbox, and its next owner. */
export const webhookScenarios: readonly Scenario[] = [
  { name: 'webhooks: changes, takeover', bound: { preemptions: 1, beside: 0 }, begin: changes },
  {
    name: 'webhooks: changes, takeover, on a store that does not append',
    capabilities: { append: false },
    bound: { preemptions: 1, beside: 0 },
    begin: changes,
  },
];
