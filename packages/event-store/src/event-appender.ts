import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AbortOptions } from '@oh/file-store-core';
import { type AppendPlan, type PlannedAppend, planAppends } from './append-plan.ts';
import type { StoredEvent } from './event.ts';
import type { EventLog, LogEnd } from './event-log.ts';
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
  #withdraw: (() => void) | undefined;

  constructor(options: EventAppenderOptions) {
    this.#options = options;
  }

  async append(drafts: readonly DraftEvent[], options: AppendEventOptions): Promise<readonly StoredEvent[]> {
    const append = new PendingAppend(drafts, options, () => this.#withdraw?.());
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
      return i > 0 && bytes > maxCommitBytes;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end).filter(({ isWanted }) => isWanted);
  }

  async #commit(batch: readonly PendingAppend[]): Promise<void> {
    const all = new AbortController();
    this.#withdraw = () => {
      if (!batch.some(({ isWanted }) => isWanted)) {
        all.abort();
      }
    };
    try {
      await this.#commitUntilWon(batch, { signal: all.signal });
      this.#options.onCommit();
    } catch (error) {
      for (const append of batch) {
        append.reject(error);
      }
    } finally {
      this.#withdraw = undefined;
    }
  }

  async #commitUntilWon(batch: readonly PendingAppend[], options: AbortOptions): Promise<void> {
    const { log, path } = this.#options;
    const needsOperations = batch.some((append) => append.options.operationId !== undefined);
    for (;;) {
      const operations = needsOperations ? await log.operations(options) : undefined;
      const end = await log.knownEnd(options);
      const wanted = batch.filter(({ isWanted }) => isWanted);
      const plan = planAppends(wanted, end, operations, path);
      if ((await this.#isUpToDate(plan, end, options)) && (plan.events.length === 0 || (await log.tryAppend(plan.events, options)))) {
        await this.#settle(plan, options);
        return;
      }
      await log.readEnd(options);
    }
  }

  /** A refusal counts only when the end is the one of now: the id that an append expects may have come meanwhile. */
  async #isUpToDate({ appends }: AppendPlan, { nextId }: LogEnd, options: AbortOptions): Promise<boolean> {
    const hasRefusal = appends.some((planned) => 'error' in planned);
    return !hasRefusal || (await this.#options.log.readEnd(options)).nextId === nextId;
  }

  async #settle({ appends, events }: AppendPlan, options: AbortOptions): Promise<void> {
    const tokens = new Map(events.map(({ id, fencingToken }) => [id, fencingToken]));
    for (const planned of appends) {
      await this.#settleOne(planned, tokens, options);
    }
  }

  async #settleOne(planned: PlannedAppend, tokens: ReadonlyMap<number, number>, options: AbortOptions): Promise<void> {
    const { append } = planned;
    if ('error' in planned) {
      append.reject(planned.error);
      return;
    }
    try {
      const stored: StoredEvent[] = [];
      for (const [i, id] of planned.ids.entries()) {
        const token = tokens.get(id);
        const fields = append.drafts[i]?.fields;
        stored.push(
          token === undefined || fields === undefined ? await this.#options.get(id, options) : toStored(id, append, token, fields),
        );
      }
      append.resolve(stored);
    } catch (error) {
      append.reject(error);
    }
  }
}

function toStored(id: number, { options }: PendingAppend, token: number, fields: Readonly<Record<string, unknown>>): StoredEvent {
  const operation = options.operationId === undefined ? {} : { operation_id: options.operationId };
  return { id, ...operation, ...(token === 0 ? {} : { fencing_token: token }), ...fields };
}
