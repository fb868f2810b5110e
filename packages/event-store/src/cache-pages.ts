import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { StoredEvent } from './event.ts';
import { toEvent } from './event-file.ts';
import { parsePythonJson, toPythonJson } from './python-json.ts';

/** Events of a page: the `cache_size` of OpenHands 0.62. */
export const pageSize = 25;

/** Fewer events of a page are read as quickly one by one. */
const minWanted = 4;

/** The id of the first event of the page that an event belongs to. */
export function pageStart(id: number): number {
  return id - (id % pageSize);
}

/** The pages in which OpenHands 0.62 keeps 25 events each a second time, to read them at once. */
export class CachePages {
  readonly #files: FileStore;
  readonly #directory: string;

  /** @param eventDirectory The directory of the events; the pages lie beside it. */
  constructor(files: FileStore, eventDirectory: string) {
    this.#files = files;
    this.#directory = `${eventDirectory.slice(0, eventDirectory.lastIndexOf('/') + 1)}event_cache`;
  }

  /**
   * Reads events from full pages that are no older than any of the events' own files: an older one may hide a change.
   *
   * @param times When each event that is there was written.
   * @returns The events that could be had so; the others are to be read from their files.
   */
  async read(ids: readonly number[], times: ReadonlyMap<number, number>, options: AbortOptions): Promise<ReadonlyMap<number, StoredEvent>> {
    const pages = [...Map.groupBy(ids, pageStart)].filter(([, wanted]) => wanted.length >= minWanted).map(([first]) => first);
    const found = await Promise.all(pages.map((first) => this.#readPage(first, times, options)));
    return new Map(found.flat().map((event) => [event.id, event]));
  }

  /** Writes a page, if there is none and none of its events is missing. */
  async write(firstId: number, events: readonly (StoredEvent | undefined | null)[]): Promise<void> {
    const whole = events.flatMap((event) => event ?? []);
    if (whole.length === pageSize) {
      await this.#files.write(this.#pathOf(firstId), toPythonJson(whole), { ifAbsent: true });
    }
  }

  /** Deletes a page. */
  async delete(firstId: number): Promise<void> {
    await this.#files.delete(this.#pathOf(firstId));
  }

  #pathOf(firstId: number): string {
    return `${this.#directory}/${firstId}-${firstId + pageSize}.json`;
  }

  async #readPage(first: number, times: ReadonlyMap<number, number>, { signal }: AbortOptions): Promise<readonly StoredEvent[]> {
    const ids = Array.from({ length: pageSize }, (_, i) => first + i);
    const newest = Math.max(...ids.map((id) => times.get(id) ?? Number.POSITIVE_INFINITY));
    if (newest === Number.POSITIVE_INFINITY) {
      return [];
    }
    try {
      const file = await this.#files.open(this.#pathOf(first), { signal });
      const events = parsePage(await file.text(), ids);
      return file.info.modifiedAt.getTime() >= newest ? events : [];
    } catch (error) {
      // A page that is missing or damaged has nothing that the files of the events have not.
      if (error instanceof SyntaxError || hasErrorCode(error, 'not-found') || hasErrorCode(error, 'corrupt')) {
        return [];
      }
      throw error;
    }
  }
}

/** @returns None when the page does not hold just these events. */
function parsePage(text: string, ids: readonly number[]): readonly StoredEvent[] {
  const values: unknown = parsePythonJson(text);
  const events = Array.isArray(values) ? values.flatMap((value, i) => toEvent(value, ids[i] ?? -1) ?? []) : [];
  const isWhole = events.length === ids.length && Array.isArray(values) && values.every((value, i) => hasId(value, ids[i]));
  return isWhole ? events : [];
}

function hasId(value: unknown, id: number | undefined): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && value.id === id;
}
