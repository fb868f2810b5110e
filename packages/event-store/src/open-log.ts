import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import type { EventAddress } from './event-address.ts';
import { EventFilesLog } from './event-files-log.ts';
import { encodeBody } from './event-line.ts';
import type { EncodedEvent, EventLog, EventRange, LogEnd, LogItem } from './event-log.ts';
import { LineLog } from './line-log.ts';
import type { RecentOperations } from './recent-operations.ts';
import { isSegmentPath } from './segment-files.ts';
import { SegmentLog } from './segment-log.ts';

/**
 * The log of a conversation in the format that fits its layout and the store.
 *
 * @throws {FileStoreError} `unsupported` where there is none.
 */
export function openLog(files: FileStore, address: EventAddress): EventLog {
  if (files.capabilities.append && address.file !== undefined) {
    return new AppendableLog(files, address, address.file);
  }
  if (!files.capabilities.conditions) {
    throw new FileStoreError('unsupported', 'a log needs a store that appends, or one with conditions', { path: address.directory });
  }
  return address.file === undefined ? new EventFilesLog(files, address) : new SegmentLog(files, address);
}

/** A log on a store that appends: one file of lines, unless it was copied from a store on which it had segments. */
class AppendableLog implements EventLog {
  readonly isGrouped = true;
  readonly #files: FileStore;
  readonly #address: EventAddress;
  readonly #path: string;
  #log: EventLog | undefined;
  /** Many events of a commit come within one millisecond. */
  #lastTime = { ms: Number.NaN, text: '' };

  constructor(files: FileStore, address: EventAddress, path: string) {
    this.#files = files;
    this.#address = address;
    this.#path = path;
  }

  encode(event: Readonly<Record<string, unknown>>): string {
    return encodeBody(event);
  }

  formatTime(time: Date): string {
    const ms = time.getTime();
    if (ms !== this.#lastTime.ms) {
      this.#lastTime = { ms, text: time.toISOString() };
    }
    return this.#lastTime.text;
  }

  get knownEnd(): LogEnd | undefined {
    return this.#log?.knownEnd;
  }

  async readEnd(options: AbortOptions): Promise<LogEnd> {
    return await (this.#log ?? (await this.#open(options))).readEnd(options);
  }

  async operations(options: AbortOptions): Promise<RecentOperations> {
    return await (this.#log ?? (await this.#open(options))).operations(options);
  }

  tryAppend(events: readonly EncodedEvent[], options: AbortOptions): Promise<readonly number[] | undefined> {
    return this.#log?.tryAppend(events, options) ?? this.#open(options).then((log) => log.tryAppend(events, options));
  }

  async *read(range: EventRange, options: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    yield* (this.#log ?? (await this.#open(options))).read(range, options);
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  async #open({ signal }: AbortOptions): Promise<EventLog> {
    const paths = await this.#files.list(this.#address.directory, { signal });
    const hasSegments = paths.some((path) => isSegmentPath(path));
    this.#log ??= hasSegments ? new SegmentLog(this.#files, this.#address) : new LineLog(this.#files, this.#address, this.#path);
    return this.#log;
  }
}
