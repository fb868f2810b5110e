import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import type { DeadLetter, DeadLetters, KeptLetter } from './dead-letter.ts';
import { type Notice, noticeMethod } from './notice.ts';
import { readBytesIfThere } from './outbox-files.ts';
import { parseLog, toLine } from './outbox-record.ts';

/** The directory of the letters in an outbox. */
const directory = 'dead-letters';

/** Digits of the place in a name, so that the order of names is that of the changes. */
const digits = 15;

/** Keeps dead letters in an outbox, each in a file of its own. */
export class OutboxDeadLetters implements DeadLetters {
  readonly #store: FileStore;
  readonly #placeOf: (id: string) => number | undefined;

  /** @param placeOf The place of a notice that the outbox keeps. */
  constructor(store: FileStore, placeOf: (id: string) => number | undefined) {
    this.#store = store;
    this.#placeOf = placeOf;
  }

  async add(notice: Notice, letter: DeadLetter): Promise<void> {
    const { id, path, change } = notice;
    const n = this.#placeOf(id) ?? 0;
    const { reason, failedAttempts, diedAt } = letter;
    const head: LetterHead = { reason, failedAttempts, diedAt: diedAt.toISOString() };
    await this.#store.write(nameOf(n, id), `${JSON.stringify(head)}\n${toLine({ t: 'intent', id, n, path, change })}`);
  }

  /** @throws {FileStoreError} `corrupt` for a letter that cannot be read, after all the others. */
  async *list(signal: AbortSignal | undefined): AsyncGenerator<KeptLetter, void, undefined> {
    let firstUnreadable: FileStoreError | undefined;
    for await (const { path } of this.#store.entries(directory, { signal })) {
      if (placeIn(path) === undefined) {
        continue;
      }
      const bytes = await readBytesIfThere(this.#store, path, { signal });
      if (bytes === undefined) {
        // Whoever has the outbox open has replayed it since.
        continue;
      }
      const kept = parseLetter(path, bytes);
      if (kept instanceof FileStoreError) {
        firstUnreadable ??= kept;
      } else {
        yield kept;
      }
    }
    if (firstUnreadable !== undefined) {
      throw firstUnreadable;
    }
  }

  async remove({ notice, place }: KeptLetter): Promise<void> {
    await this.#store.delete(nameOf(place, notice.id));
  }
}

/** The place behind all letters that are there. */
export async function nextLetterPlace(store: FileStore, options: AbortOptions): Promise<number> {
  const places = (await store.list(directory, options)).flatMap((path) => placeIn(path) ?? []);
  return places.reduce((next, place) => Math.max(next, place + 1), 0);
}

/** The place in the name of a letter; `undefined` for what other programs put beside them, such as `.DS_Store`. */
function placeIn(path: string): number | undefined {
  const [, place] = /^dead-letters\/(\d+)-/.exec(path) ?? [];
  return place === undefined ? undefined : Number(place);
}

function nameOf(place: number, id: string): string {
  return `${directory}/${String(place).padStart(digits, '0')}-${id}`;
}

/** The letter, or why it cannot be read. */
function parseLetter(path: string, bytes: Uint8Array): KeptLetter | FileStoreError {
  try {
    const end = bytes.indexOf(0x0a);
    const { reason, failedAttempts, diedAt } = parseJson(Buffer.from(bytes.subarray(0, end)).toString()) as LetterHead;
    const [record] = parseLog(path, bytes.subarray(end + 1));
    if (record?.t !== 'intent' || typeof reason !== 'string' || Number.isNaN(Date.parse(diedAt))) {
      throw new TypeError('a dead letter has a head and a notice');
    }
    const notice = { id: record.id, path: record.path, change: record.change };
    const letter = { id: record.id, path: record.path, method: noticeMethod(notice), reason, failedAttempts, diedAt: new Date(diedAt) };
    return { notice, letter, place: record.n };
  } catch (cause) {
    return new FileStoreError('corrupt', `the dead letter ${JSON.stringify(path)} of the outbox cannot be read`, { path, cause });
  }
}

interface LetterHead {
  readonly reason: string;
  readonly failedAttempts: number;
  readonly diedAt: string;
}
