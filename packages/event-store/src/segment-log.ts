import { isDeepStrictEqual } from 'node:util';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { deletedConversation, isDeleted, removeDeleted } from './deleted-conversation.ts';
import { EndScanner } from './end-scanner.ts';
import type { StoredEvent } from './event.ts';
import type { EventAddress } from './event-address.ts';
import { encodeBody, formatLine, type LineHead, parseEvent } from './event-line.ts';
import { type EncodedEvent, type EventLog, type EventRange, isUnreadable, type LogEnd, type LogItem } from './event-log.ts';
import { LineLog } from './line-log.ts';
import { operationWindow, RecentOperations } from './recent-operations.ts';
import { SegmentCompactor } from './segment-compactor.ts';
import { SegmentFiles } from './segment-files.ts';
import { readManifest, type StoredManifest } from './segment-manifest.ts';
import { SegmentReader } from './segment-reader.ts';
import { viewSegments } from './segment-view.ts';
import { splitLines } from './split-lines.ts';

/** The end of a segmented log. */
interface SegmentEnd extends LogEnd {
  /** The segments above the boundary, as far as they are known. */
  readonly slots: readonly number[];
  /** The version of the last one of them: where it is another one, the conversation was made anew. */
  readonly lastVersion: string | undefined;
}

/**
 * A log in segments that never change, for stores that do not append.
 *
 * A segment is named by the id of its first event and written only if there is none of that name: so it is the next one or it is refused. After it is
 * written the manifest is read. Only when its boundary is not above the segment is the append acknowledged, or when the events are found below it: a writer
 * that was held up for long may have written where another segment stood, was merged and deleted. Nor is it when the segment before it has gone: the
 * conversation may have been made anew, with fewer events.
 */
export class SegmentLog implements EventLog {
  readonly isGrouped = true;
  readonly #files: FileStore;
  readonly #address: EventAddress;
  readonly #segments: SegmentFiles;
  readonly #reader: SegmentReader;
  readonly #compactor: SegmentCompactor;
  readonly #base: LineLog | undefined;
  #end: SegmentEnd | undefined;
  #operations: RecentOperations | undefined;

  constructor(files: FileStore, address: EventAddress) {
    this.#files = files;
    this.#address = address;
    this.#segments = new SegmentFiles(files, address.directory);
    this.#base = address.file === undefined ? undefined : new LineLog(files, address, address.file);
    this.#reader = new SegmentReader(files, this.#segments, address, this.#base);
    this.#compactor = new SegmentCompactor(files, this.#segments, address, this.#base);
  }

  encode(event: Readonly<Record<string, unknown>>): string {
    return encodeBody(event);
  }

  formatTime(time: Date): string {
    return time.toISOString();
  }

  get knownEnd(): SegmentEnd | undefined {
    return this.#end;
  }

  async readEnd(options: AbortOptions): Promise<SegmentEnd> {
    for (;;) {
      const known = this.#end;
      const read = (known && (await this.#readOn(known, options))) ?? (await this.#readAnew(options));
      // An append or another reader may have been faster.
      if (read !== undefined && this.#end === known) {
        this.#end = read;
        return read;
      }
    }
  }

  async operations(options: AbortOptions): Promise<RecentOperations> {
    while (this.#operations === undefined) {
      const end = this.#end ?? (await this.readEnd(options));
      const operations = new RecentOperations();
      for (const { id, operation_id } of await this.#readRecent(end, options)) {
        if (typeof operation_id === 'string') {
          operations.add(operation_id, id);
        }
      }
      if (this.#end === end) {
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
    const contents = Buffer.from(events.map(formatLine).join(''));
    try {
      const isClaimed = await this.#segments.claim(end.nextId, contents, options);
      const manifest = isClaimed ? await this.#confirm(end, this.#segments.versionOf(contents), options) : undefined;
      if (manifest !== undefined) {
        this.#segments.trust(end.nextId, contents);
        this.#noteAppended(end, events, manifest, this.#segments.versionOf(contents));
        return events.map(({ id }) => id);
      }
      if (isClaimed) {
        this.#forget();
      }
      if (isClaimed && (await this.#isMerged(events, options))) {
        return events.map(({ id }) => id);
      }
      await this.readEnd(options);
      return undefined;
    } catch (error) {
      this.#forget();
      throw hasErrorCode(error, 'unavailable') && !error.retryable ? undecided(error) : error;
    }
  }

  async *read(range: EventRange, options: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    yield* this.#reader.read(range, options);
  }

  async close(): Promise<void> {
    await this.#compactor.close();
  }

  /**
   * Whether the segment that was just written is the real one.
   *
   * @returns The manifest; `undefined` when the boundary is above the segment, which has then been merged, or stands where another one had been, and
   *   when the log that it was numbered for has gone: it is removed.
   * @throws {FileStoreError} `not-found` when the conversation was deleted.
   */
  async #confirm(end: SegmentEnd, version: string | undefined, options: AbortOptions): Promise<StoredManifest | undefined> {
    const reading = readManifest(this.#files, this.#address.directory, options);
    const [manifest, deleted, isSameLog] = await Promise.all([
      reading,
      isDeleted(this.#files, this.#address, options),
      this.#isStillLog(end, reading, options),
    ]);
    if (deleted) {
      await removeDeleted(this.#files, this.#address, () => this.#segments.delete(end.nextId, version, {}));
      throw deletedConversation(this.#address);
    }
    if (manifest.boundary > end.nextId || !isSameLog) {
      await this.#segments.delete(end.nextId, version, {});
      return undefined;
    }
    return manifest;
  }

  /** Whether the last segment that is known is there or was merged, or the file of lines is what it was: if not, the conversation was made anew. */
  async #isStillLog(
    { nextId, slots, lastVersion }: SegmentEnd,
    manifest: Promise<StoredManifest>,
    options: AbortOptions,
  ): Promise<boolean> {
    const last = slots.at(-1);
    if (last === undefined) {
      return (await manifest).boundary === nextId || (await this.#base?.readEnd(options))?.nextId === nextId;
    }
    if ((await this.#segments.version(last, options)) === lastVersion) {
      return true;
    }
    return (await readManifest(this.#files, this.#address.directory, options)).boundary > last;
  }

  /** Whether events stand in the log below the boundary: others may have merged their segment before its writer could look. */
  async #isMerged(events: readonly EncodedEvent[], options: AbortOptions): Promise<boolean> {
    const written = events.map((event) => parseEvent(formatLine(event)));
    const [first, last] = [written.at(0), written.at(-1)];
    const found: LogItem[] = [];
    if (first !== undefined && last !== undefined) {
      for await (const items of this.#reader.read({ startId: first.id, endId: last.id, reverse: false }, options)) {
        found.push(...items);
      }
    }
    return isDeepStrictEqual(found, written);
  }

  #noteAppended(end: SegmentEnd, events: readonly EncodedEvent[], manifest: StoredManifest, lastVersion: string | undefined): void {
    const slots = [...end.slots, end.nextId].filter((firstId) => firstId >= manifest.boundary);
    const fencingToken = events.at(-1)?.fencingToken ?? end.fencingToken;
    this.#end = { nextId: end.nextId + events.length, fencingToken, slots, lastVersion };
    this.#noteOperations(events);
    this.#compactor.consider(slots.length);
  }

  #noteOperations(events: readonly Pick<LineHead, 'id' | 'operationId'>[]): void {
    for (const { id, operationId } of events) {
      if (operationId !== undefined) {
        this.#operations?.add(operationId, id);
      }
    }
  }

  /** The last events, in their order, from where the operation of the first of them began. */
  async #readRecent({ nextId }: SegmentEnd, options: AbortOptions): Promise<readonly StoredEvent[]> {
    const startId = Math.max(0, nextId - operationWindow);
    const recent = nextId === 0 ? [] : await Array.fromAsync(this.#events({ startId, endId: nextId - 1, reverse: false }, options));
    const [first] = recent;
    const before: StoredEvent[] = [];
    if (first?.operation_id !== undefined && startId > 0) {
      for await (const event of this.#events({ startId: 0, endId: first.id - 1, reverse: true }, options)) {
        if (event.operation_id !== first.operation_id) {
          break;
        }
        before.push(event);
      }
    }
    return [...before.reverse(), ...recent];
  }

  async *#events(range: EventRange, options: AbortOptions): AsyncGenerator<StoredEvent, void, undefined> {
    for await (const items of this.#reader.read(range, options)) {
      yield* items.flatMap((item) => (isUnreadable(item) ? [] : item));
    }
  }

  #forget(): void {
    this.#end = undefined;
    this.#operations = undefined;
  }

  /** The end, when it is known but for what came behind it. @returns `undefined` when what is known has gone. */
  async #readOn(known: SegmentEnd, options: AbortOptions): Promise<SegmentEnd | undefined> {
    const last = known.slots.at(-1);
    const listed = await this.#segments.list(last ?? known.nextId, options);
    const slots = [...listed.keys()].filter((firstId) => firstId !== last);
    if (last !== undefined && listed.get(last) !== known.lastVersion) {
      return undefined;
    }
    if (slots.length === 0) {
      return known;
    }
    const contents = slots[0] === known.nextId ? await this.#reader.readSlots(slots, options) : undefined;
    if (contents === undefined) {
      return undefined;
    }
    const scanner = new EndScanner(known.nextId, known.fencingToken);
    const heads = contents.flatMap((bytes) => splitLines(bytes, 0).flatMap((line) => scanner.add(line) ?? []));
    if (this.#end === known) {
      this.#noteOperations(heads);
    }
    const nextId = Math.max(scanner.nextId, (slots.at(-1) ?? 0) + 1);
    return { nextId, fencingToken: scanner.fencingToken, slots: [...known.slots, ...slots], lastVersion: [...listed.values()].at(-1) };
  }

  /** The end of a log that nothing is known of. @returns `undefined` when it was merged meanwhile. */
  async #readAnew(options: AbortOptions): Promise<SegmentEnd | undefined> {
    this.#operations = undefined;
    const { manifest, slots, lastVersion, hasBase } = await viewSegments(this.#files, this.#segments, this.#address, options);
    const last = slots.at(-1);
    if (last === undefined) {
      const base = hasBase && manifest.sequence === 0 ? await this.#base?.readEnd(options) : undefined;
      return { nextId: base?.nextId ?? manifest.boundary, fencingToken: base?.fencingToken ?? manifest.fencingToken, slots, lastVersion };
    }
    const contents = await this.#reader.readSlots([last], options);
    if (contents === undefined) {
      return undefined;
    }
    const scanner = new EndScanner(last, manifest.fencingToken);
    for (const line of contents.flatMap((bytes) => splitLines(bytes, 0))) {
      scanner.add(line);
    }
    // A segment that holds nothing took an id all the same: no other can be written there.
    return { nextId: Math.max(scanner.nextId, last + 1), fencingToken: scanner.fencingToken, slots, lastVersion };
  }
}

/** The log can tell where the file store cannot: an append that has a name finds what it has made. */
function undecided(cause: FileStoreError): FileStoreError {
  const message = 'the answer to an append was lost, so that it is not known whether it was made; repeat it with its operationId to know';
  return new FileStoreError('unavailable', message, { path: cause.path, cause, retryable: true });
}
