import type { ChangeOutcome } from './change-teller.ts';
import type { Notice, PathChange } from './notice.ts';
import { type OutboxRecord, toLine } from './outbox-record.ts';

/** A notice that is kept, and what is known of it. */
export interface KeptNotice {
  readonly id: string;
  /** Its place among all notices of the outbox. */
  readonly n: number;
  readonly path: string;
  readonly change: PathChange;
  /** What became of the change; `undefined` while nobody has said. */
  readonly outcome: ChangeOutcome | undefined;
  readonly failedAttempts: number;
  /** Why the last of them failed. */
  readonly lastFailure: string | undefined;
}

/** Notices that were sent together, or were about to be. */
export interface KeptBatch {
  readonly id: string;
  readonly ids: readonly string[];
}

/** What an outbox keeps: the sum of all records of its log. */
export class OutboxState {
  readonly #notices = new Map<string, KeptNotice>();
  readonly #batches = new Map<string, KeptBatch>();
  #next = 0;

  /** The place that the next notice gets. */
  get next(): number {
    return this.#next;
  }

  /** Gives no place before this one any more. */
  startAt(place: number): void {
    this.#next = Math.max(this.#next, place);
  }

  /** In the order in which they came. */
  get notices(): readonly KeptNotice[] {
    return [...this.#notices.values()];
  }

  /** Batches of which not everything is done, from the oldest on. */
  get batches(): readonly KeptBatch[] {
    return [...this.#batches.values()];
  }

  /** The place of a kept notice. */
  placeOf(id: string): number | undefined {
    return this.#notices.get(id)?.n;
  }

  /** Takes a record in. What concerns notices that are not kept changes nothing. */
  apply(record: OutboxRecord): void {
    switch (record.t) {
      case 'intent': {
        const { id, n, path, change } = record;
        this.#notices.set(id, { id, n, path, change, outcome: undefined, failedAttempts: 0, lastFailure: undefined });
        this.#next = Math.max(this.#next, n + 1);
        return;
      }
      case 'outcome':
        this.#conclude(record.ids, record.outcome);
        return;
      case 'looked':
        this.#look(record.id, record.change);
        return;
      case 'tried':
        this.#update(record.ids, { failedAttempts: record.attempts, lastFailure: record.reason });
        return;
      case 'batch':
        this.#put({ id: record.id, ids: record.ids });
        return;
      case 'done':
        this.#remove(record.ids);
        return;
      case 'open':
      case 'sealed':
        return;
    }
  }

  /** The fewest lines from which this state would come. */
  *toLines(): Generator<string, void, undefined> {
    yield toLine({ t: 'open', v: 1 });
    for (const { id, n, path, change, outcome, failedAttempts, lastFailure } of this.#notices.values()) {
      yield toLine({ t: 'intent', id, n, path, change });
      if (outcome !== undefined) {
        yield toLine({ t: 'outcome', ids: [id], outcome });
      }
      if (failedAttempts > 0) {
        yield toLine({ t: 'tried', ids: [id], attempts: failedAttempts, reason: lastFailure });
      }
    }
    for (const { id, ids } of this.#batches.values()) {
      yield toLine({ t: 'batch', id, ids });
    }
  }

  /** Takes the place of every batch that it has a notice from: such a one was refused, and is sent in parts. */
  #put(batch: KeptBatch): void {
    const ids = new Set(batch.ids);
    for (const other of this.#batches.values()) {
      if (other.ids.some((id) => ids.has(id))) {
        this.#batches.delete(other.id);
      }
    }
    if (batch.ids.some((id) => this.#notices.has(id))) {
      this.#batches.set(batch.id, batch);
    }
  }

  #conclude(ids: readonly string[], outcome: ChangeOutcome): void {
    if (outcome === 'failed') {
      this.#remove(ids);
    } else {
      this.#update(ids, outcome === 'unclear' ? { outcome, change: { kind: 'changed' } } : { outcome });
    }
  }

  #look(id: string, change: PathChange | null): void {
    if (change === null) {
      this.#remove([id]);
    } else {
      this.#update([id], { change });
    }
  }

  #update(ids: readonly string[], fields: Partial<KeptNotice>): void {
    for (const id of ids) {
      const kept = this.#notices.get(id);
      if (kept !== undefined) {
        this.#notices.set(id, { ...kept, ...fields });
      }
    }
  }

  #remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#notices.delete(id);
    }
    for (const batch of this.#batches.values()) {
      if (!batch.ids.some((id) => this.#notices.has(id))) {
        this.#batches.delete(batch.id);
      }
    }
  }
}

/** A kept notice as it is delivered. */
export function toNotice({ id, path, change, failedAttempts }: KeptNotice): Notice {
  return { id, path, change, failedAttempts };
}
