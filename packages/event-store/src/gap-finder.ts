import type { StoredEvent } from './event.ts';
import type { EventRange, LogItem } from './event-log.ts';
import type { UnreadableEvents } from './event-store.ts';
import { unreadableEvents } from './unreadable-events.ts';

/**
 * Turns what stands in a log into what a reader of a range gets: events in their order, and where ids are missing, the events that
 * cannot be read. One for each reading.
 */
export class GapFinder {
  readonly #range: EventRange;
  readonly #path: string;
  /** The id that comes next where nothing is damaged; `undefined` while that is not known. */
  #expected: number | undefined;
  /** The id after the last event that was met, forward, in the range or before it. */
  #next = 0;
  /** Records without an id that were met since the last event. */
  #damaged = 0;

  /** @param path The file or directory of the log, for errors. */
  constructor(range: EventRange, path: string) {
    this.#range = range;
    this.#path = path;
    this.#expected = range.reverse ? undefined : range.startId;
  }

  /** Whether nothing more of the range can come. */
  get isDone(): boolean {
    const { startId, endId, reverse } = this.#range;
    return this.#expected !== undefined && (reverse ? this.#expected < startId : this.#expected > endId);
  }

  /** What of the range can still come. */
  get rest(): EventRange {
    const { startId, endId, reverse } = this.#range;
    return reverse ? { startId, endId: this.#expected ?? endId, reverse } : { startId: this.#expected ?? startId, endId, reverse };
  }

  /** In reverse: there are events behind the range. */
  startBelowLater(): void {
    this.#expected ??= this.#range.endId;
    this.#damaged = 0;
  }

  /** Notes a record that is no event. */
  addDamaged(): void {
    this.#damaged += 1;
  }

  /** Whether an event of this id belongs to the range; where not, it is noted as what stands beside it. */
  wants(id: number): boolean {
    const { startId, endId, reverse } = this.#range;
    if (reverse && id > endId) {
      this.startBelowLater();
    }
    if (!reverse && id < startId) {
      this.#next = id + 1;
      this.#damaged = 0;
    }
    return id >= startId && id <= endId;
  }

  /** Takes an event that the range {@link wants}; before it comes what is missing. One that is out of order is none. */
  take(event: StoredEvent, items: LogItem[]): void {
    const step = this.#range.reverse ? -1 : 1;
    const expected = this.#expected ?? Math.min(this.#range.endId, event.id + this.#damaged);
    if ((event.id - expected) * step < 0) {
      return;
    }
    if (event.id !== expected) {
      items.push(this.#unreadable(expected, event.id - step));
    }
    items.push(event);
    this.#expected = event.id + step;
    this.#next = event.id + 1;
    this.#damaged = 0;
  }

  /** Takes events that another reader has found unreadable. */
  takeUnreadable(unreadable: UnreadableEvents, items: LogItem[]): void {
    items.push(unreadable);
    this.#expected = this.#range.reverse ? unreadable.first_id - 1 : unreadable.last_id + 1;
    this.#next = unreadable.last_id + 1;
    this.#damaged = 0;
  }

  /** Ends at the border of the log, or at an event beyond the range. @param beyond That event's id. */
  finish(items: LogItem[], beyond?: number): void {
    const { startId, endId, reverse } = this.#range;
    if (this.isDone) {
      return;
    }
    const first = this.#expected ?? Math.min(endId, this.#damaged - 1);
    const last = reverse ? startId : Math.min(endId, (beyond ?? this.#next + this.#damaged) - 1);
    if (reverse ? first >= last : first <= last) {
      items.push(this.#unreadable(first, last));
    }
  }

  #unreadable(from: number, to: number): UnreadableEvents {
    return unreadableEvents(Math.min(from, to), Math.max(from, to), this.#path);
  }
}
