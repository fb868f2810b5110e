import type { AbortOptions, FileStore } from '@oh/file-store-core';
import { CachePages, pageSize, pageStart } from './cache-pages.ts';
import { deletedConversation, isDeleted, removeDeleted } from './deleted-conversation.ts';
import type { StoredEvent } from './event.ts';
import type { EventAddress } from './event-address.ts';
import { encodeFields, formatEventFile, formatLocalTime } from './event-file.ts';
import { EventFiles } from './event-files.ts';
import type { EncodedEvent, EventLog, EventRange, LogEnd, LogItem } from './event-log.ts';
import { operationWindow, RecentOperations } from './recent-operations.ts';
import { unreadableEvents } from './unreadable-events.ts';

/** Files read at a time, at first and then. */
const firstReads = 8;
const maxReads = 32;

/** So far a fencing token is looked for behind events of OpenHands, which have none. */
const fenceWindow = pageSize;

/** What an event is found as: `undefined` when it has gone, `null` when its file holds none. */
type FoundEvent = StoredEvent | undefined | null;

/**
 * A log with a file for each event, as OpenHands 0.62 reads and writes it.
 *
 * Each file is written only if there is none of its id, so that writers with conditions never meet; OpenHands itself has none. An id without a file is
 * no damage: OpenHands leaves such gaps when a write fails.
 */
export class EventFilesLog implements EventLog {
  readonly isGrouped = false;
  readonly #files: FileStore;
  readonly #address: EventAddress;
  readonly #events: EventFiles;
  readonly #pages: CachePages;
  #end: LogEnd | undefined;
  #operations: RecentOperations | undefined;
  #maintenance: Promise<void> = Promise.resolve();

  constructor(files: FileStore, address: EventAddress) {
    this.#files = files;
    this.#address = address;
    this.#events = new EventFiles(files, address.directory);
    this.#pages = new CachePages(files, address.directory);
  }

  encode(event: Readonly<Record<string, unknown>>): string {
    return encodeFields(event);
  }

  formatTime(time: Date): string {
    return formatLocalTime(time);
  }

  get knownEnd(): LogEnd | undefined {
    return this.#end;
  }

  async readEnd(options: AbortOptions): Promise<LogEnd> {
    const known = this.#end;
    const ids = await this.#events.list(options);
    const nextId = (ids.at(-1) ?? -1) + 1;
    if (known === undefined || nextId < known.nextId) {
      const events = await this.#readAll(ids.slice(-fenceWindow), options);
      const fencingToken = Math.max(0, ...events.map(fenceOf));
      this.#operations = undefined;
      this.#end = { nextId, fencingToken };
    } else {
      await this.#learn(ids.filter((id) => id >= known.nextId).slice(-operationWindow), known, nextId, options);
    }
    return this.#end ?? { nextId, fencingToken: 0 };
  }

  async reaches({ nextId }: LogEnd, options: AbortOptions): Promise<boolean> {
    return nextId === 0 || (await this.#events.has(nextId - 1, options));
  }

  async operations(options: AbortOptions): Promise<RecentOperations> {
    while (this.#operations === undefined) {
      const { nextId } = this.#end ?? (await this.readEnd(options));
      const operations = new RecentOperations();
      noteOperations(operations, await this.#readRecent(nextId, options));
      if (this.#end?.nextId === nextId) {
        this.#operations = operations;
      }
    }
    return this.#operations;
  }

  async tryAppend(events: readonly EncodedEvent[], options: AbortOptions): Promise<readonly number[] | undefined> {
    const end = this.#end ?? (await this.readEnd(options));
    if (events[0]?.id !== end.nextId) {
      return undefined;
    }
    const ids: number[] = [];
    const isWhole = await this.#claimAll(events, ids, end, options);
    if (ids.length > 0 && (await isDeleted(this.#files, this.#address, options))) {
      await removeDeleted(this.#files, this.#address, () => Promise.all(ids.map((id) => this.#events.delete(id))));
      throw deletedConversation(this.#address);
    }
    this.#cachePages(ids);
    return isWhole ? ids : undefined;
  }

  async *read(range: EventRange, options: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    const { startId, endId, reverse } = range;
    if (startId === endId) {
      yield [this.#toItem(startId, await this.#events.read(startId, options))].flat();
      return;
    }
    // Where a listing tells the times for nothing, and every file costs a request, pages are worth it.
    const times = this.#files.capabilities.append ? undefined : await this.#events.listTimes(options);
    const ids = [...(times?.keys() ?? (await this.#events.list(options)))].filter((id) => id >= startId && id <= endId);
    const ordered = reverse ? ids.reverse() : ids;
    for (let i = 0, count = firstReads; i < ordered.length; i += count, count = maxReads) {
      const some = ordered.slice(i, i + count);
      const paged = times === undefined ? new Map<number, StoredEvent>() : await this.#pages.read(some, times, options);
      const rest = some.filter((id) => !paged.has(id));
      const read = new Map((await this.#readAll(rest, options)).map((event, n) => [rest[n] ?? -1, event]));
      yield some.flatMap((id) => this.#toItem(id, paged.get(id) ?? read.get(id)));
    }
  }

  async close(): Promise<void> {
    await this.#maintenance;
  }

  #toItem(id: number, event: FoundEvent): LogItem | readonly never[] {
    return event === undefined ? [] : (event ?? unreadableEvents(id, id, this.#events.pathOf(id)));
  }

  async #readAll(ids: readonly number[], options: AbortOptions): Promise<FoundEvent[]> {
    const events: FoundEvent[] = [];
    for (let i = 0; i < ids.length; i += maxReads) {
      events.push(...(await Promise.all(ids.slice(i, i + maxReads).map((id) => this.#events.read(id, options)))));
    }
    return events;
  }

  /** The last events before an id, in their order, from where the operation of the first of them began. */
  async #readRecent(nextId: number, options: AbortOptions): Promise<readonly FoundEvent[]> {
    const ids = (await this.#events.list(options)).filter((id) => id < nextId);
    const recent = ids.filter((id) => id >= nextId - operationWindow);
    const events = await this.#readAll(recent, options);
    const [first] = events;
    const before: FoundEvent[] = [];
    for (const id of ids.slice(0, ids.length - recent.length).reverse()) {
      const event = first?.operation_id === undefined ? undefined : await this.#events.read(id, options);
      if (event?.operation_id === undefined || event.operation_id !== first?.operation_id) {
        break;
      }
      before.unshift(event);
    }
    return [...before, ...events];
  }

  /** Takes note of events of others, up to a new end. */
  async #learn(ids: readonly number[], known: LogEnd, nextId: number, options: AbortOptions): Promise<void> {
    const events = await this.#readAll(ids, options);
    if (this.#operations !== undefined) {
      noteOperations(this.#operations, events);
    }
    const fencingToken = Math.max(known.fencingToken, this.#end?.fencingToken ?? 0, ...events.map(fenceOf));
    this.#end = { nextId: Math.max(nextId, this.#end?.nextId ?? 0), fencingToken };
  }

  /**
   * Writes events, each under the next id that is free.
   *
   * @param ids Takes their ids. @returns Whether all are written: others may have made the first one, or more of the same operation.
   */
  async #claimAll(events: readonly EncodedEvent[], ids: number[], end: LogEnd, options: AbortOptions): Promise<boolean> {
    let { nextId } = end;
    for (const event of events) {
      while (!(await this.#events.claim(nextId, formatEventFile({ ...event, id: nextId }), options))) {
        await this.#learn([nextId], this.#end ?? end, nextId + 1, options);
        nextId += 1;
        if (ids.length === 0 || event.operationId !== undefined) {
          return false;
        }
      }
      ids.push(nextId);
      this.#noteAppended(event, nextId);
      nextId += 1;
    }
    return true;
  }

  #noteAppended({ operationId, fencingToken }: EncodedEvent, id: number): void {
    this.#end = { nextId: Math.max(id + 1, this.#end?.nextId ?? 0), fencingToken: Math.max(fencingToken, this.#end?.fencingToken ?? 0) };
    if (operationId !== undefined) {
      this.#operations?.add(operationId, id);
    }
  }

  /** Writes the pages that became full, in the background. */
  #cachePages(ids: readonly number[]): void {
    for (const id of ids.filter((each) => each % pageSize === pageSize - 1)) {
      this.#maintenance = this.#maintenance
        .then(async () => {
          const first = pageStart(id);
          const events = await this.#readAll(
            Array.from({ length: pageSize }, (_, i) => first + i),
            {},
          );
          await this.#pages.write(first, events);
          // The deletion may have passed the directory of the pages already.
          if (await isDeleted(this.#files, this.#address, {})) {
            await removeDeleted(this.#files, this.#address, () => this.#pages.delete(first));
          }
        })
        // Nobody waits for a page and nothing depends on it: OpenHands then reads the files of the events.
        .catch(() => undefined);
    }
  }
}

function noteOperations(operations: RecentOperations, events: readonly FoundEvent[]): void {
  for (const event of events) {
    if (event !== undefined && event !== null && typeof event.operation_id === 'string') {
      operations.add(event.operation_id, event.id);
    }
  }
}

function fenceOf(event: FoundEvent): number {
  const token = event?.fencing_token;
  return typeof token === 'number' && Number.isSafeInteger(token) ? token : 0;
}
