import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AbortOptions } from '@oh/file-store-core';
import { type AcceptedAppend, type AppendPlan, planAppends } from './append-plan.ts';
import type { StoredEvent } from './event.ts';
import type { EncodedEvent, EventLog, LogEnd } from './event-log.ts';
import type { AppendEventOptions } from './event-store.ts';
import { type DraftEvent, PendingAppend } from './pending-append.ts';

/** Bytes of a commit, about; a larger append is a commit of its own. */
const maxCommitBytes = 4 * 1024 * 1024;

/** After so many commits everything else in this process has its turn, also where a single caller appends to a store that never waits. */
const maxCommitsInTurn = 64;

/** What an {@link EventAppender} works with. */
export interface EventAppenderOptions {
  readonly log: EventLog;
  /** The file or directory of the log, for errors. */
  readonly path: string;
  /** Reads an event that was appended before. */
  readonly get: (id: number, options: AbortOptions) => Promise<StoredEvent>;
  /** Called after each commit. */
  readonly onCommit: () => void;
}

/**
 * Group commit: appends that come while others are under way, or in the same turn, are made together, as one step.
 *
 * A commit that loses to another writer is numbered anew and made again: somebody has come further each time.
 */
export class EventAppender {
  readonly #options: EventAppenderOptions;
  readonly #waiting: PendingAppend[] = [];
  #running: Promise<void> | undefined;
  /** Whether others waited when the commit was made. A single caller, who is told of it then, cannot be among them. */
  #wasFollowed = false;
  /** Of all runs: a caller who takes a moment for the next append has a run for each. */
  #commits = 0;
  /** What is under way. A closure over it would be kept alive by V8, with its events, until the next full garbage collection. */
  #committing: { readonly batch: readonly PendingAppend[]; readonly all: AbortController | undefined } | undefined;

  constructor(options: EventAppenderOptions) {
    this.#options = options;
  }

  append(drafts: readonly DraftEvent[], options: AppendEventOptions): Promise<readonly StoredEvent[]> {
    const append = new PendingAppend(drafts, options, () => this.#withdraw());
    this.#waiting.push(append);
    this.#running ??= this.#run();
    return append.settled;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Callers that start many at once have called for all of them by then.
    await undefined;
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      this.#wasFollowed = false;
      await this.#commit(batch);
      this.#commits += 1;
      // Whoever was just answered may have more: without this pause each of several callers would have a commit of its own.
      if (batch.length > 1 || this.#wasFollowed || this.#commits % maxCommitsInTurn === 0) {
        await nextTurn();
      }
    }
    this.#running = undefined;
  }

  /** The first of those that wait, and as many more as go with it. */
  #takeBatch(): readonly PendingAppend[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((append, i) => {
      bytes += append.size;
      return i > 0 && (bytes > maxCommitBytes || !this.#options.log.isGrouped);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #commit(batch: readonly PendingAppend[]): Promise<void> {
    const all = batch.every(({ options }) => options.signal !== undefined) ? new AbortController() : undefined;
    this.#committing = { batch, all };
    try {
      await this.#commitUntilWon(batch, { signal: all?.signal });
      this.#options.onCommit();
    } catch (error) {
      for (const append of batch) {
        append.reject(error);
      }
    } finally {
      this.#committing = undefined;
    }
  }

  #withdraw(): void {
    const { batch, all } = this.#committing ?? {};
    if (batch?.some(({ isWanted }) => isWanted) === false) {
      all?.abort();
    }
  }

  async #commitUntilWon(batch: readonly PendingAppend[], options: AbortOptions): Promise<void> {
    const { log, path } = this.#options;
    const needsOperations = batch.some((append) => append.options.operationId !== undefined);
    for (let isWon = false; !isWon; ) {
      const wanted = batch.filter(({ isWanted }) => isWanted);
      if (wanted.length === 0) {
        return;
      }
      const operations = needsOperations ? await log.operations(options) : undefined;
      const end = log.knownEnd ?? (await log.readEnd(options));
      const plan = planAppends(wanted, end, operations, path);
      if (await this.#isSettled(plan, end, options)) {
        const ids = plan.events.length === 0 ? [] : await log.tryAppend(plan.events, options);
        this.#wasFollowed = this.#waiting.length > 0;
        isWon = ids !== undefined;
        if (ids !== undefined) {
          await this.#settle(plan, ids, options);
        }
      }
    }
  }

  /** A refusal counts only at the end of now, since the id that an append expects may have come meanwhile; one that lasts, at every end from here on. */
  async #isSettled({ appends }: AppendPlan, end: LogEnd, options: AbortOptions): Promise<boolean> {
    const { log } = this.#options;
    const refused = appends.filter((planned) => 'error' in planned);
    if (refused.length === 0 || (refused.every(({ isLasting }) => isLasting) && (await log.reaches?.(end, options)) === true)) {
      return true;
    }
    return (await log.readEnd(options)).nextId === end.nextId;
  }

  /** @param ids What the events of the plan got. */
  async #settle({ appends, events }: AppendPlan, ids: readonly number[], options: AbortOptions): Promise<void> {
    let next = 0;
    for (const planned of appends) {
      if ('error' in planned) {
        planned.append.reject(planned.error);
        continue;
      }
      const added = toStoredEvents(planned, events, ids, next);
      next += added.length;
      if (planned.made === 0) {
        planned.append.resolve(added);
      } else {
        await this.#settleRepeated(planned, added, options);
      }
    }
  }

  /** @param added Those of its events that were not made before. */
  async #settleRepeated({ append, ids, made }: AcceptedAppend, added: readonly StoredEvent[], options: AbortOptions): Promise<void> {
    try {
      const before: StoredEvent[] = [];
      for (const id of ids.slice(0, made)) {
        before.push(await this.#options.get(id, options));
      }
      append.resolve([...before, ...added]);
    } catch (error) {
      append.reject(error);
    }
  }
}

/** @param next Which of `events` is the first that the append added. */
function toStoredEvents(
  { append: { drafts }, made }: AcceptedAppend,
  events: readonly EncodedEvent[],
  ids: readonly number[],
  next: number,
): readonly StoredEvent[] {
  const added = events.slice(next, next + drafts.length - made);
  return added.map((event, i) => toStored(event, ids[next + i] ?? event.id, drafts[made + i]?.fields ?? {}));
}

function toStored({ operationId, fencingToken }: EncodedEvent, id: number, fields: Readonly<Record<string, unknown>>): StoredEvent {
  const operation = operationId === undefined ? {} : { operation_id: operationId };
  return { id, ...operation, ...(fencingToken === 0 ? {} : { fencing_token: fencingToken }), ...fields };
}
