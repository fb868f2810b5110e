import { type FileStore, FileStoreError, hasErrorCode, raceAbort } from '@oh/file-store-core';
import type { ChangeOutcome, NoticeJournal } from './change-teller.ts';
import type { DeliveryClock } from './delivery-clock.ts';
import { GroupCommit } from './group-commit.ts';
import type { KnownChange, Notice } from './notice.ts';
import { nextLetterPlace } from './outbox-dead-letters.ts';
import { OutboxLog } from './outbox-log.ts';
import { type OutboxRecord, toLine } from './outbox-record.ts';
import { type KeptNotice, OutboxState, toNotice } from './outbox-state.ts';
import { reconcile } from './reconcile.ts';

/** What was left by the store that had the outbox before. */
export interface Recovered {
  /** Notices that were sent together, to be sent again as they were. */
  readonly batches: readonly { readonly id: string; readonly notices: readonly Notice[] }[];
  /** The others, in their order. */
  readonly notices: readonly Notice[];
}

/** What an {@link Outbox} needs. */
export interface OutboxOptions {
  /** Where the outbox lies. */
  readonly store: FileStore;
  /** The store whose changes are told. */
  readonly files: FileStore;
  readonly clock: DeliveryClock;
  readonly newId: () => string;
  /** Gets what was left, before anything new is kept. */
  readonly onRecovered: (recovered: Recovered) => void;
  /** Another store has taken the outbox over. */
  readonly onTakenOver: () => void;
}

/** Milliseconds until an outbox that could not be opened is tried again. */
const reopenAfterMs = 5_000;

/**
 * Keeps notices in a store until they are delivered.
 *
 * A notice is kept before its change is made; what became of the change is kept some time soon, but before the next notice of its path. So of each
 * path at most the last notice is in doubt after a crash, and the store itself resolves the doubt.
 */
export class Outbox implements NoticeJournal {
  readonly #options: OutboxOptions;
  readonly #commit: GroupCommit;
  readonly #closing = new AbortController();
  #state = new OutboxState();
  #log: OutboxLog | undefined;
  #opening: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    if (!options.store.capabilities.conditions) {
      throw new TypeError('the store of an outbox needs conditions');
    }
    this.#options = options;
    this.#commit = new GroupCommit((lines) => this.#write(lines), options.clock);
  }

  /** Opens the outbox in the background; what goes wrong is told to whoever makes a change, and tried again. */
  open(): void {
    this.ready(undefined).catch(() => {
      if (!this.#closing.signal.aborted) {
        this.#cancelTimer = this.#options.clock.startTimer(reopenAfterMs, () => this.open(), { keepsAlive: false });
      }
    });
  }

  /** Resolves when the outbox is open, and what was left is on its way. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    await raceAbort(raceAbort(this.#opening, this.#closing.signal), signal);
  }

  async intend(notices: readonly Notice[], signal: AbortSignal | undefined): Promise<void> {
    if (this.#log === undefined) {
      await this.ready(signal);
    }
    await this.#keep(() => notices.map(({ id, path, change }, i) => ({ t: 'intent', id, n: this.#state.next + i, path, change })), signal);
  }

  conclude(notices: readonly Notice[], outcome: ChangeOutcome): void {
    this.#note(notices, (ids) => ({ t: 'outcome', ids, outcome }));
  }

  /** Keeps nothing of these notices any longer. */
  settle(notices: readonly Notice[]): void {
    this.#note(notices, (ids) => ({ t: 'done', ids }));
  }

  /** Keeps how often these notices could not be delivered, and why the last time. */
  countFailures(notices: readonly Notice[], attempts: number, reason: string): void {
    this.#note(notices, (ids) => ({ t: 'tried', ids, attempts, reason }));
  }

  /** Keeps what is sent for a path that had to be looked at, so that it is the same after a crash. */
  async keepLooked({ id }: Notice, change: KnownChange | undefined): Promise<void> {
    await this.#keep(() => [{ t: 'looked', id, change: change ?? null }]);
  }

  /** Keeps which notices are sent together. */
  async keepBatch(id: string, notices: readonly Notice[]): Promise<void> {
    await this.#keep(() => [{ t: 'batch', id, ids: notices.map((notice) => notice.id) }]);
  }

  /** Resolves when it is known whether another store has taken the outbox over, if that can be found out: only the owner can add what says nothing. */
  async confirm(): Promise<void> {
    // Where lines wait to be added, these will do.
    await this.#keep(() => (this.#commit.hasLines ? [] : [{ t: 'done', ids: [] }])).catch(() => undefined);
  }

  /** The place of the next notice. */
  get nextPlace(): number {
    return this.#state.next;
  }

  /** The place of a notice among all that the outbox has kept; `undefined` when it need no longer be kept. */
  placeOf(id: string): number | undefined {
    return this.#state.placeOf(id);
  }

  /** Ends the opening, where it is not open yet: whoever waits for it fails with `closed`. */
  giveUp(): void {
    this.#closing.abort(new FileStoreError('closed', 'the store is closed'));
    this.#cancelTimer?.();
  }

  /** Writes what nobody has waited for; what cannot be written is not tried again. */
  async close(): Promise<void> {
    this.giveUp();
    await this.#opening?.catch(() => undefined);
    try {
      if (this.#log !== undefined) {
        await this.#commit.end().catch(ignoreTakeOver);
      }
    } finally {
      this.#commit.stop(this.#closing.signal.reason);
    }
  }

  async #open(): Promise<void> {
    const { store, onRecovered } = this.#options;
    const { signal } = this.#closing;
    const succeed = async (records: readonly OutboxRecord[]): Promise<Iterable<string>> => {
      // Letters have the places of their notices in their names. What is left gets new ones, behind all others: where it is a letter already, or the store before makes one of it yet,
      // that has another name than the one that is made of it here.
      this.#state = await this.#resolveDoubts(records, await nextLetterPlace(store, { signal }));
      return this.#state.toLines();
    };
    this.#log = await OutboxLog.takeOver(store, succeed, { signal });
    onRecovered(recover(this.#state));
  }

  /** The state that a log leaves, with what is in doubt looked up. */
  async #resolveDoubts(records: readonly OutboxRecord[], firstPlace: number): Promise<OutboxState> {
    const { files, newId } = this.#options;
    const before = new OutboxState();
    for (const record of records) {
      before.apply(record);
    }
    const after = new OutboxState();
    after.startAt(Math.max(firstPlace, before.next));
    for (const kept of before.notices) {
      const isDoubtful = kept.outcome === undefined;
      const notices = isDoubtful ? await reconcile(kept, { files, newId, signal: this.#closing.signal }) : [toNotice(kept)];
      for (const notice of notices) {
        carry(notice, kept, after);
      }
    }
    for (const { id, ids } of before.batches) {
      after.apply({ t: 'batch', id, ids });
    }
    return after;
  }

  async #write(lines: string): Promise<void> {
    try {
      if (this.#log === undefined) {
        throw new TypeError('an outbox is written after it was opened');
      }
      if (this.#log.isBeingReplaced) {
        this.#log = await this.#log.replace([]);
      }
      await this.#log.add(lines);
      if (this.#log.isLong) {
        await this.#shorten(this.#log);
      }
    } catch (error) {
      if (hasErrorCode(error, 'closed')) {
        this.#commit.stop(error);
        this.#options.onTakenOver();
      }
      throw error;
    }
  }

  /** The lines are kept already, also where there is no room for another log. */
  async #shorten(log: OutboxLog): Promise<void> {
    try {
      this.#log = await log.replace(this.#state.toLines());
    } catch (error) {
      if (hasErrorCode(error, 'closed')) {
        throw error;
      }
    }
  }

  /** Resolves when these records are kept; while others cannot be written, none with contents pile up behind them. */
  async #keep(toRecords: () => readonly OutboxRecord[], signal?: AbortSignal): Promise<void> {
    if (this.#commit.hasFailed) {
      await raceAbort(this.#commit.add(''), signal);
    }
    await raceAbort(this.#commit.add(this.#apply(toRecords())), signal);
  }

  /** Keeps something of notices, as far as they are kept. */
  #note(notices: readonly Notice[], toRecord: (ids: readonly string[]) => OutboxRecord): void {
    const ids = notices.flatMap(({ id }) => (this.#state.placeOf(id) === undefined ? [] : [id]));
    if (ids.length > 0) {
      this.#commit.note(this.#apply([toRecord(ids)]));
    }
  }

  #apply(records: readonly OutboxRecord[]): string {
    for (const record of records) {
      this.#state.apply(record);
    }
    return records.map(toLine).join('');
  }
}

/** Whoever has taken over has all that was written, and looks at the rest himself. */
function ignoreTakeOver(error: unknown): void {
  if (!hasErrorCode(error, 'closed')) {
    throw error;
  }
}

function carry(notice: Notice, { n, lastFailure }: KeptNotice, state: OutboxState): void {
  const { id, path, change, failedAttempts = 0 } = notice;
  state.apply({ t: 'intent', id, n: Math.max(n, state.next), path, change });
  state.apply({ t: 'outcome', ids: [id], outcome: 'made' });
  if (failedAttempts > 0) {
    state.apply({ t: 'tried', ids: [id], attempts: failedAttempts, reason: lastFailure });
  }
}

function recover(state: OutboxState): Recovered {
  const notices = new Map(state.notices.map((kept) => [kept.id, toNotice(kept)]));
  const batches = state.batches.map(({ id, ids }) => {
    const together = ids.flatMap((each) => notices.get(each) ?? []);
    for (const each of ids) {
      notices.delete(each);
    }
    return { id, notices: together };
  });
  return { batches, notices: [...notices.values()] };
}
