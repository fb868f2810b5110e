import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { StoredEvent } from './event.ts';
import { parseEventFile } from './event-file.ts';

/** The files of the events of a conversation, one each, as OpenHands has them. */
export class EventFiles {
  readonly #files: FileStore;
  readonly #directory: string;

  /** @param directory The directory of the events. */
  constructor(files: FileStore, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** Where an event lies. */
  pathOf(id: number): string {
    return `${this.#directory}/${id}.json`;
  }

  /** The ids of the events that are there, in their order. */
  async list({ signal }: AbortOptions): Promise<readonly number[]> {
    const paths = await this.#files.list(this.#directory, { signal });
    return paths.flatMap((path) => idOf(path) ?? []).sort((a, b) => a - b);
  }

  /** When each of the events was written, in milliseconds since 1970, in the order of the ids. */
  async listTimes({ signal }: AbortOptions): Promise<ReadonlyMap<number, number>> {
    const times: [number, number][] = [];
    for await (const entry of this.#files.entries(this.#directory, { signal })) {
      const id = entry.kind === 'file' ? idOf(entry.path) : undefined;
      if (id !== undefined && entry.kind === 'file') {
        times.push([id, entry.modifiedAt.getTime()]);
      }
    }
    return new Map(times.sort(([a], [b]) => a - b));
  }

  async has(id: number, { signal }: AbortOptions): Promise<boolean> {
    return await this.#files.exists(this.pathOf(id), { signal });
  }

  /** @returns `undefined` when there is no such file, `null` when it holds no event. */
  async read(id: number, { signal }: AbortOptions): Promise<StoredEvent | undefined | null> {
    try {
      return parseEventFile(await this.#files.readBytes(this.pathOf(id), { signal }), id) ?? null;
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  /** Writes an event, if there is none of its id. @returns Whether there was none. */
  async claim(id: number, text: string, { signal }: AbortOptions): Promise<boolean> {
    try {
      await this.#files.write(this.pathOf(id), text, { ifAbsent: true, signal });
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'already-exists')) {
        return false;
      }
      throw error;
    }
  }

  async delete(id: number): Promise<void> {
    await this.#files.delete(this.pathOf(id));
  }
}

function idOf(path: string): number | undefined {
  const name = /\/(0|[1-9]\d{0,14})\.json$/.exec(path)?.[1];
  return name === undefined ? undefined : Number(name);
}
