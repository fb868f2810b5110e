import { setTimeout as wait } from 'node:timers/promises';
import { type AbortOptions, type FileStore, FileStoreError, homeLayout, type StorageLayout, type WatchedChange } from '@oh/file-store-core';
import type { EventInput, StoredEvent } from './event.ts';
import { eventAddress } from './event-address.ts';
import { EventAppender } from './event-appender.ts';
import { checkAppendOptions, draftEvent } from './event-draft.ts';
import { compileFilter } from './event-filter.ts';
import { type EventLog, type EventRange, isUnreadable, type LogItem } from './event-log.ts';
import { checkEventId, parseRange } from './event-range.ts';
import { EventSecrets } from './event-secrets.ts';
import type { AppendEventOptions, EventSearchOptions, EventStore, EventStream } from './event-store.ts';
import { type FollowOptions, followLog } from './follow-log.ts';
import { LazyEventStream } from './lazy-event-stream.ts';
import { openLog } from './open-log.ts';
import { WakeUps } from './wake-ups.ts';

/** Options of {@link FileEventStore}. */
export interface FileEventStoreOptions {
  /** Where the events are kept; the caller opens and closes it. */
  readonly files: FileStore;
  /** Whose events they are. */
  readonly conversationId: string;
  /** Where they lie. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** The user whose conversation it is. Default: none. */
  readonly userId?: string | undefined;
  /** What no event may hold, by name; an {@link EventSecrets} can be told more later. Default: nothing. */
  readonly secrets?: EventSecrets | Readonly<Record<string, string>> | undefined;
  /** The clock of `timestamp`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** How `tail` waits before it looks again, in milliseconds. Default: a timer. */
  readonly delay?: ((ms: number, options: AbortOptions) => Promise<void>) | undefined;
}

/** An {@link EventStore} in a file store. One object serves any number of callers; so do several. */
export class FileEventStore implements EventStore {
  readonly conversationId: string;
  readonly #files: FileStore;
  readonly #log: EventLog;
  readonly #appender: EventAppender;
  readonly #path: string;
  readonly #secrets: EventSecrets;
  readonly #wakeUps = new WakeUps();
  readonly #closing = new AbortController();
  readonly #now: () => Date;
  readonly #delay: (ms: number, options: AbortOptions) => Promise<void>;

  /** @throws {FileStoreError} `invalid-argument` when an id cannot be a part of a path; `unsupported`, see the README. */
  constructor(options: FileEventStoreOptions) {
    const { files, conversationId, userId, layout = homeLayout, secrets = {}, now = () => new Date() } = options;
    const address = eventAddress(conversationId, userId, layout);
    this.conversationId = conversationId;
    this.#path = address.file ?? address.directory;
    this.#files = files;
    this.#log = openLog(files, address);
    this.#secrets = secrets instanceof EventSecrets ? secrets : new EventSecrets(secrets);
    this.#now = now;
    this.#delay = options.delay ?? ((ms, { signal }) => wait(ms, undefined, { signal }));
    this.#appender = new EventAppender({
      log: this.#log,
      path: this.#path,
      get: (id, abort) => this.#get(id, abort),
      onCommit: () => this.#wakeUps.wake(),
    });
  }

  async append(event: EventInput, options: AppendEventOptions = {}): Promise<StoredEvent> {
    const [stored] = await this.#append([event], options);
    if (stored === undefined) {
      throw new TypeError('an append of one event has one result');
    }
    return stored;
  }

  async appendAll(events: readonly EventInput[], options: AppendEventOptions = {}): Promise<readonly StoredEvent[]> {
    return await this.#append(events, options);
  }

  async get(id: number, options: AbortOptions = {}): Promise<StoredEvent> {
    checkEventId(id);
    this.#checkUsable(options);
    return await this.#get(id, options);
  }

  search(options: EventSearchOptions = {}): EventStream {
    const { filter, limit = Number.POSITIVE_INFINITY, signal } = options;
    const range = parseRange(options);
    return new LazyEventStream(this.#read(range, { signal }), filter === undefined ? () => true : compileFilter(filter), limit);
  }

  async latest(options: AbortOptions = {}): Promise<StoredEvent | null> {
    for await (const event of this.search({ reverse: true, limit: 1, signal: options.signal })) {
      return event;
    }
    return null;
  }

  async latestId(options: AbortOptions = {}): Promise<number | null> {
    this.#checkUsable(options);
    const { nextId } = await this.#log.readEnd({ signal: options.signal });
    return nextId === 0 ? null : nextId - 1;
  }

  tail(fromId: number, options: AbortOptions = {}): EventStream {
    checkEventId(fromId);
    return new LazyEventStream(this.#follow(fromId, options), () => true, Number.POSITIVE_INFINITY);
  }

  async close(): Promise<void> {
    this.#closing.abort(new FileStoreError('closed', 'the event store is closed'));
    await this.#appender.close();
    await this.#log.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #append(events: readonly EventInput[], options: AppendEventOptions): Promise<readonly StoredEvent[]> | readonly StoredEvent[] {
    checkAppendOptions(options);
    const drafts = events.map((event) => draftEvent(event, this.#log, this.#secrets, this.#now));
    this.#checkUsable(options);
    return drafts.length === 0 ? [] : this.#appender.append(drafts, options);
  }

  async *#read(range: EventRange, options: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    this.#checkUsable(options);
    yield* this.#log.read(range, options);
  }

  async *#follow(fromId: number, { signal }: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    const ended = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const watch: FollowOptions['watch'] = (onGone, options) => this.#watch(onGone, options);
    yield* followLog(this.#log, fromId, { wakeUps: this.#wakeUps, watch, delay: this.#delay, signal: ended });
  }

  /** Without it, changes by others are found by looking. */
  async #watch(onGone: () => void, options: AbortOptions): Promise<Disposable | undefined> {
    try {
      const onChange = (change: WatchedChange): void => {
        if (change === 'gone') {
          onGone();
        }
        this.#wakeUps.wake();
      };
      return await this.#files.watch?.(this.#path, onChange, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof FileStoreError) {
        return undefined;
      }
      throw error;
    }
  }

  async #get(id: number, { signal }: AbortOptions): Promise<StoredEvent> {
    for await (const items of this.#log.read({ startId: id, endId: id, reverse: false }, { signal })) {
      const [item] = items;
      if (item !== undefined && isUnreadable(item)) {
        throw item.error;
      }
      if (item !== undefined) {
        return item;
      }
    }
    throw new FileStoreError('not-found', `no event ${id} at "${this.#path}"`, { path: this.#path });
  }

  #checkUsable({ signal }: AbortOptions): void {
    this.#closing.signal.throwIfAborted();
    signal?.throwIfAborted();
  }
}
