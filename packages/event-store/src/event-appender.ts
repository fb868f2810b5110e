import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AbortOptions } from '@oh/file-store-core';
import { type AppendPlan, type PlannedAppend, planAppends } from './append-plan.ts';
import type { StoredEvent } from './event.ts';
import type { EncodedEvent, EventLog, LogEnd } from './event-log.ts';
import type { AppendEventOptions } from './event-store.ts';
import { type DraftEvent, PendingAppend } from './pending-append.ts';

/** Bytes of a commit, about; a larger append is a commit of its own. */
const maxCommitBytes = 4 * 1024 * 1024;

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
 * Group commit: appends that come while others are under way are made together, as one step.
 *
 * A commit that loses to another writer is numbered anew and made again: somebody has come further each time.
 */
export class EventAppender {
  readonly #options: EventAppenderOptions;
  readonly #waiting: PendingAppend[] = [];
  #running: Promise<void> | undefined;
  /** What is under way. A closure over it would be kept alive by V8, with its events, until the next full garbage collection. */
  #committing: { readonly batch: readonly PendingAppend[]; readonly all: AbortController | undefined } | undefined;

  constructor(options: EventAppenderOptions) {
    this.#options = options;
  }

  async append(drafts: readonly DraftEvent[], options: AppendEventOptions): Promise<readonly StoredEvent[]> {
    const append = new PendingAppend(drafts, options, () => this.#withdraw());
    this.#waiting.push(append);
    this.#running ??= this.#run();
    return await append.settled;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      await this.#commit(batch);
      if (batch.length > 1 || this.#waiting.length > 0) {
        // Whoever was just answered may have more: without this pause each would have a commit of its own.
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
      const end = await log.knownEnd(options);
      const plan = planAppends(wanted, end, operations, path);
      if (await this.#isUpToDate(plan, end, options)) {
        const ids = plan.events.length === 0 ? [] : await log.tryAppend(plan.events, options);
        isWon = ids !== undefined;
        await this.#settle(plan, ids, options);
      }
    }
  }

  /** A refusal counts only when the end is the one of now: the id that an append expects may have come meanwhile. */
  async #isUpToDate({ appends }: AppendPlan, { nextId }: LogEnd, options: AbortOptions): Promise<boolean> {
    const hasRefusal = appends.some((planned) => 'error' in planned);
    return !hasRefusal || (await this.#options.log.readEnd(options)).nextId === nextId;
  }

  /** @param ids What the events of the plan got; `undefined` when they were not appended. */
  async #settle({ appends, events }: AppendPlan, ids: readonly number[] | undefined, options: AbortOptions): Promise<void> {
    if (ids === undefined) {
      return;
    }
    const made = new Map(events.map((event, i) => [event.id, { ...event, id: ids[i] ?? event.id }]));
    for (const planned of appends) {
      await this.#settleOne(planned, made, options);
    }
  }

  /** @param made By the id that was planned. */
  async #settleOne(planned: PlannedAppend, made: ReadonlyMap<number, EncodedEvent>, options: AbortOptions): Promise<void> {
    const { append } = planned;
    if ('error' in planned) {
      append.reject(planned.error);
      return;
    }
    try {
      const stored: StoredEvent[] = [];
      for (const [i, id] of planned.ids.entries()) {
        const event = i < planned.made ? undefined : made.get(id);
        const fields = append.drafts[i]?.fields;
        stored.push(event === undefined || fields === undefined ? await this.#options.get(id, options) : toStored(event, fields));
      }
      append.resolve(stored);
    } catch (error) {
      append.reject(error);
    }
  }
}

function toStored({ id, operationId, fencingToken }: EncodedEvent, fields: Readonly<Record<string, unknown>>): StoredEvent {
  const operation = operationId === undefined ? {} : { operation_id: operationId };
  return { id, ...operation, ...(fencingToken === 0 ? {} : { fencing_token: fencingToken }), ...fields };
}
