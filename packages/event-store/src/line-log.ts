import { isUtf8 } from 'node:buffer';
import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import { deletedConversation, isDeleted, removeDecided } from './deleted-conversation.ts';
import { EndScanner } from './end-scanner.ts';
import type { EventAddress } from './event-address.ts';
import { encodeBody, formatLine, type LineHead, parseEvent, parseHead, tornMark } from './event-line.ts';
import type { EncodedEvent, EventLog, EventRange, LogEnd, LogItem } from './event-log.ts';
import { GapFinder } from './gap-finder.ts';
import { LineIndex } from './line-index.ts';
import { locateLine } from './line-locator.ts';
import { type FileState, LogFile } from './log-file.ts';
import { operationWindow, RecentOperations } from './recent-operations.ts';
import type { LogLine } from './split-lines.ts';
import { takeLines } from './take-lines.ts';

/** The end of a file of lines. */
interface LineEnd extends LogEnd, FileState {
  /** Where the last newline ends; what stands behind it was never finished. */
  readonly lineEnd: number;
}

/** Some lines of a file, some at a time. */
interface BegunLines {
  /** Where they begin, in reverse where they end. */
  readonly offset: number;
  readonly lines: AsyncGenerator<readonly LogLine[], void, undefined>;
  readonly first: IteratorResult<readonly LogLine[], void>;
}

/**
 * A log in one file that is appended to: a JSON object a line.
 *
 * The condition of every append is the size and the version of the file, so that what is appended is numbered after all that is there. Nothing is ever
 * written over: a line that was cut off is closed by the next writer.
 */
export class LineLog implements EventLog {
  readonly isGrouped = true;
  readonly #files: FileStore;
  readonly #address: EventAddress;
  readonly #file: LogFile;
  readonly #index = new LineIndex();
  #end: LineEnd | undefined;
  #operations: RecentOperations | undefined;

  /** @param path The file. */
  constructor(files: FileStore, address: EventAddress, path: string) {
    this.#files = files;
    this.#address = address;
    this.#file = new LogFile(files, path);
  }

  encode(event: Readonly<Record<string, unknown>>): string {
    return encodeBody(event);
  }

  formatTime(time: Date): string {
    return time.toISOString();
  }

  get knownEnd(): LineEnd | undefined {
    return this.#end;
  }

  async readEnd(options: AbortOptions): Promise<LineEnd> {
    for (;;) {
      const known = this.#end;
      const state = await this.#file.look(options);
      if (known !== undefined && state.size === known.size && state.version === known.version) {
        return known;
      }
      const read = await this.#readOn(known, state, options);
      // An append or another reader may have been faster.
      if (this.#end === known) {
        this.#end = read;
        return read;
      }
    }
  }

  async operations(options: AbortOptions): Promise<RecentOperations> {
    while (this.#operations === undefined) {
      const end = this.#end ?? (await this.readEnd(options));
      const operations = await this.#readOperations(end, options);
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
    if (end.size === 0) {
      await this.#refuseDeleted(options);
    }
    const closing = end.lineEnd === end.size ? { text: '' } : await this.#closeLine(end, options);
    const appended = closing && (await this.#appendAt(end, closing.text + events.map(formatLine).join(''), options));
    if (appended === undefined) {
      await this.readEnd(options);
      return undefined;
    }
    const nextId = end.nextId + events.length;
    const { size, version } = appended;
    this.#end = { size, version, lineEnd: size, nextId, fencingToken: events.at(-1)?.fencingToken ?? end.fencingToken };
    this.#index.note({ id: nextId, offset: size });
    this.#noteOperations(events);
    if (end.size === 0) {
      await this.#takeBackIfDeleted(options);
    }
    return events.map(({ id }) => id);
  }

  async *read(range: EventRange, options: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    const { size } = await this.#file.look(options);
    const finder = new GapFinder(range, this.#file.path);
    for await (const lines of this.#linesOf(range, size, finder, options)) {
      const items: LogItem[] = [];
      const hasEnded = takeLines(lines, range, finder, items);
      if (hasEnded) {
        yield items;
        return;
      }
      if (items.length > 0) {
        yield items;
      }
    }
    const items: LogItem[] = [];
    finder.finish(items);
    yield items;
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  async *#linesOf(range: EventRange, size: number, finder: GapFinder, options: AbortOptions): AsyncGenerator<readonly LogLine[]> {
    let { offset, lines, first } = await this.#beginLines(range, size, options);
    if (offset > 0 && offset !== size && !isBeginOf(range, first.done === true ? undefined : first.value[0])) {
      // What is remembered may be of another file: the conversation may have been made anew.
      this.#index.clear();
      ({ offset, lines, first } = await this.#beginLines(range, size, options));
    }
    if (range.reverse && offset < size) {
      finder.startBelowLater();
    }
    if (first.done !== true) {
      yield first.value;
      yield* lines;
    }
  }

  /** The lines from where a range begins, and the first of them. */
  async #beginLines({ startId, endId, reverse }: EventRange, size: number, options: AbortOptions): Promise<BegunLines> {
    let offset: number;
    if (reverse) {
      offset = endId === Number.POSITIVE_INFINITY ? size : (await locateLine(this.#file, this.#index, endId, size, options)).high;
    } else {
      offset = startId === 0 ? 0 : (await locateLine(this.#file, this.#index, startId, size, options)).low;
    }
    const lines = reverse ? this.#file.backward(offset, options) : this.#file.forward(offset, size, options);
    return { offset, lines, first: await lines.next() };
  }

  /** The end of a file that has grown since `known`, or that is another one. */
  async #readOn(known: LineEnd | undefined, state: FileState, options: AbortOptions): Promise<LineEnd> {
    const { size } = state;
    if (known === undefined || size <= known.size) {
      return await this.#readLastLines(state, options);
    }
    const scanner = new EndScanner(known.nextId, known.fencingToken);
    let { lineEnd } = known;
    // From the newline that is known on, to see that it is there.
    const start = Math.max(0, lineEnd - 1);
    for await (const lines of this.#file.forward(start, size, options)) {
      for (const line of lines) {
        const isKnownNewline = line.offset === start && known.lineEnd > 0;
        if (isKnownNewline && line.text !== '') {
          return await this.#readLastLines(state, options);
        }
        const head = isKnownNewline ? undefined : scanner.add(line);
        if (head !== undefined) {
          this.#noteOperations([head]);
          this.#index.note({ id: head.id, offset: line.offset });
        }
        lineEnd = line.end;
      }
    }
    return { ...state, lineEnd, nextId: scanner.nextId, fencingToken: scanner.fencingToken };
  }

  /** The end of a file that nothing is known of. */
  async #readLastLines(state: FileState, options: AbortOptions): Promise<LineEnd> {
    this.#index.clear();
    this.#operations = undefined;
    let lineEnd = 0;
    let damaged = 0;
    for await (const lines of this.#file.backward(state.size, options)) {
      for (const line of lines) {
        lineEnd = Math.max(lineEnd, line.end);
        const head = headOf(line);
        if (head !== undefined) {
          this.#index.note({ id: head.id, offset: line.offset });
          return { ...state, lineEnd, nextId: head.id + 1 + damaged, fencingToken: head.fencingToken };
        }
        damaged += line.isTorn ? 0 : 1;
      }
    }
    return { ...state, lineEnd, nextId: damaged, fencingToken: 0 };
  }

  async #readOperations({ lineEnd, nextId }: LineEnd, options: AbortOptions): Promise<RecentOperations> {
    const heads: LineHead[] = [];
    reading: for await (const lines of this.#file.backward(lineEnd, options)) {
      for (const head of lines.map(headOf)) {
        // An operation that began before is read to its first event.
        const isContinued = head?.operationId !== undefined && head.operationId === heads.at(-1)?.operationId;
        if (head !== undefined && head.id < nextId - operationWindow && !isContinued) {
          break reading;
        }
        heads.push(...(head === undefined ? [] : [head]));
      }
    }
    const operations = new RecentOperations();
    for (const { id, operationId } of heads.reverse()) {
      if (operationId !== undefined) {
        operations.add(operationId, id);
      }
    }
    return operations;
  }

  /**
   * What has to stand before the next line where the last one was cut off.
   *
   * @returns `undefined` when the line that was cut off is a whole event: then its newline was added, and it counts.
   */
  async #closeLine(end: LineEnd, options: AbortOptions): Promise<{ readonly text: string } | undefined> {
    const bytes = await this.#file.read(end.lineEnd, end.size, options);
    if (!isUtf8(bytes) || parseEvent(bytes.toString())?.id !== end.nextId) {
      return { text: `${tornMark}\n` };
    }
    await this.#appendAt(end, '\n', options);
    return undefined;
  }

  /** @returns The new file; `undefined` when it was not as it was at `end`. */
  async #appendAt({ size, version }: LineEnd, text: string, { signal }: AbortOptions): Promise<FileState | undefined> {
    const ifVersion = this.#files.capabilities.conditions ? version : undefined;
    try {
      return await this.#files.append(this.#file.path, text, { ifSize: size, ifVersion, signal });
    } catch (error) {
      if (hasErrorCode(error, 'version-mismatch')) {
        return undefined;
      }
      throw error;
    }
  }

  #noteOperations(events: readonly Pick<LineHead, 'id' | 'operationId'>[]): void {
    for (const { id, operationId } of events) {
      if (operationId !== undefined) {
        this.#operations?.add(operationId, id);
      }
    }
  }

  async #refuseDeleted(options: AbortOptions): Promise<void> {
    if (await isDeleted(this.#files, this.#address, options)) {
      throw deletedConversation(this.#address);
    }
  }

  /** A deletion is decided before anything is deleted: either it meets the new file, or this meets the tombstone. */
  async #takeBackIfDeleted(options: AbortOptions): Promise<void> {
    const remove = async (): Promise<void> => await this.#files.delete(this.#file.path);
    if ((await isDeleted(this.#files, this.#address, options)) && (await removeDecided(this.#files, this.#address, remove))) {
      throw deletedConversation(this.#address);
    }
  }
}

/** Whether nothing of a range comes before a line, in the order in which it is read. */
function isBeginOf({ startId, endId, reverse }: EventRange, line: LogLine | undefined): boolean {
  const id = line && headOf(line)?.id;
  return id !== undefined && (reverse ? id >= endId : id <= startId);
}

function headOf({ text }: LogLine): LineHead | undefined {
  return text === undefined ? undefined : parseHead(text);
}
