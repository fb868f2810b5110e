import { isUtf8 } from 'node:buffer';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';

/** An event of a conversation of OpenHands' agent server; what it is, is said by `kind`. */
export interface AgentServerEvent {
  /** A UUID, or another text. */
  readonly id: string;
  /** The event before it in the tree: `null` or missing is the one before it in the log, `__root__` none. */
  readonly parent_id?: string | null | undefined;
  readonly [field: string]: unknown;
}

/** An event with its place. */
export interface IndexedAgentServerEvent {
  /** From the name of its file. */
  readonly index: number;
  readonly event: AgentServerEvent;
}

/** Who writes a conversation; `generation` only grows. */
export interface AgentServerLease {
  readonly owner_instance_id: string;
  readonly generation: number;
  /** As it stands in the file: seconds since 1970, or an ISO 8601 time. */
  readonly expires_at: unknown;
  readonly [field: string]: unknown;
}

/** Files read at a time. */
const maxReads = 16;

/** Five digits and more: the 100,000th event has six. */
const eventName = /\/event-(\d{5,15})-([^/]+)\.json$/;

/**
 * The folder of a conversation as OpenHands' agent server (1.x) has it: `events/event-{index}-{id}.json`, `base_state.json`,
 * `meta.json`, `owner_lease.json`. It is only read.
 */
export class AgentServerFolder {
  readonly #files: FileStore;
  readonly #directory: string;

  /** @param directory The folder, `{persistence_dir}/{conversation id}`. */
  constructor(files: FileStore, directory: string) {
    this.#files = files;
    this.#directory = directory.replace(/\/+$/, '');
  }

  /** The state of the conversation, with all its fields; `undefined` when there is none. @throws {FileStoreError} `corrupt`. */
  async readBaseState(options: AbortOptions = {}): Promise<Readonly<Record<string, unknown>> | undefined> {
    return await this.#readObject('base_state.json', options);
  }

  /** The description of the conversation; `undefined` when there is none. @throws {FileStoreError} `corrupt`. */
  async readMeta(options: AbortOptions = {}): Promise<Readonly<Record<string, unknown>> | undefined> {
    return await this.#readObject('meta.json', options);
  }

  /** Who writes the conversation, or did last; `undefined` when nobody has said so. @throws {FileStoreError} `corrupt`. */
  async readOwnerLease(options: AbortOptions = {}): Promise<AgentServerLease | undefined> {
    const lease = await this.#readObject('owner_lease.json', options);
    if (lease === undefined || isLease(lease)) {
      return lease;
    }
    throw this.#corrupt('owner_lease.json');
  }

  /**
   * The events in their order, read while they are asked for. An index without a file is passed over.
   *
   * @throws {FileStoreError} `corrupt` for a file that holds no event, unless `onUnreadable` is there to take it.
   */
  async *readEvents(
    options: AbortOptions & { readonly onUnreadable?: ((error: FileStoreError) => void) | undefined } = {},
  ): AsyncGenerator<IndexedAgentServerEvent, void, undefined> {
    const { signal, onUnreadable = fail } = options;
    const paths = await this.#files.list(`${this.#directory}/events`, { signal });
    const names = paths.flatMap((path) => {
      const index = eventName.exec(path)?.[1];
      return index === undefined ? [] : [{ path, index: Number(index) }];
    });
    names.sort((a, b) => a.index - b.index);
    for (let i = 0; i < names.length; i += maxReads) {
      const some = names.slice(i, i + maxReads);
      const read = await Promise.all(some.map(({ path }) => this.#readFile(path, { signal })));
      for (const [n, { path, index }] of some.entries()) {
        const event = read[n];
        if (isEvent(event)) {
          yield { index, event };
        } else if (event !== undefined) {
          // What is missing has gone between the listing and the reading.
          onUnreadable(unreadable(path));
        }
      }
    }
  }

  async #readObject(name: string, options: AbortOptions): Promise<Readonly<Record<string, unknown>> | undefined> {
    const value = await this.#readFile(`${this.#directory}/${name}`, options);
    if (value === undefined || isObject(value)) {
      return value;
    }
    throw this.#corrupt(name);
  }

  /** @returns `undefined` when it is missing, `null` when it is no JSON. */
  async #readFile(path: string, { signal }: AbortOptions): Promise<unknown> {
    try {
      const bytes = await this.#files.readBytes(path, { signal });
      return isUtf8(bytes) ? parseJson(Buffer.from(bytes).toString('utf8')) : null;
    } catch (error) {
      if (error instanceof SyntaxError) {
        return null;
      }
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  #corrupt(name: string): FileStoreError {
    return unreadable(`${this.#directory}/${name}`);
  }
}

function fail(error: FileStoreError): never {
  throw error;
}

function unreadable(path: string): FileStoreError {
  return new FileStoreError('corrupt', `"${path}" cannot be read: it does not hold what it should`, { path });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEvent(value: unknown): value is AgentServerEvent {
  return isObject(value) && typeof value['id'] === 'string';
}

function isLease(value: Readonly<Record<string, unknown>>): value is AgentServerLease {
  return typeof value['owner_instance_id'] === 'string' && Number.isSafeInteger(value['generation']);
}
