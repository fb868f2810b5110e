import type { FileStore } from '@oh/file-store-core';
import type { LeftOutReason } from '@oh/file-store-local';
import type { Location } from './location.ts';
import { parseUrl } from './parse-url.ts';
import type { SchemeContext, StorePlace, StoreScheme } from './store-scheme.ts';

interface OpenStore {
  readonly opening: Promise<FileStore>;
  /** What its listings have left out. */
  readonly leftOut: ReadonlyMap<string, LeftOutReason>;
}

/** Opens store URLs and keeps what it opened until the run ends. */
export class Locations {
  readonly #schemes: Readonly<Record<string, StoreScheme>>;
  readonly #around: Omit<SchemeContext, 'purpose'>;
  readonly #stores = new Map<string, OpenStore>();

  /**
   * @param schemes The schemes by name.
   * @param around What relative locations depend upon.
   */
  constructor(schemes: Readonly<Record<string, StoreScheme>>, around: Omit<SchemeContext, 'purpose'>) {
    this.#schemes = schemes;
    this.#around = around;
  }

  /**
   * Opens a location.
   *
   * @param purpose See {@link SchemeContext.purpose}. Default: `contents`.
   * @throws {UsageError} When the URL is not one.
   */
  async open(url: string, purpose: SchemeContext['purpose'] = 'contents'): Promise<Location> {
    const { scheme, rest } = await parseUrl(url, this.#schemes);
    const place = await scheme.resolve(rest, { ...this.#around, purpose });
    const { path, name, isDirectory, address } = place;
    const { opening, leftOut } = this.#openStore(place);
    return { url, store: await opening, path, name, isDirectory, wantsDirectory: rest.endsWith('/'), address, leftOut };
  }

  /** Opens the store of a place, which is closed with the others; places with the same key share it. */
  openStore(place: Pick<StorePlace, 'storeKey' | 'openStore'>): Promise<FileStore> {
    return this.#openStore(place).opening;
  }

  /** Closes every store that was opened. @throws The error of the first that could not be closed; the others are closed all the same. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(Array.from(this.#stores.values(), ({ opening }) => closeOpened(opening)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }

  #openStore(place: Pick<StorePlace, 'storeKey' | 'openStore'>): OpenStore {
    const leftOut = new Map<string, LeftOutReason>();
    const open = this.#stores.get(place.storeKey) ?? { opening: place.openStore(leftOut), leftOut };
    this.#stores.set(place.storeKey, open);
    return open;
  }
}

/** One that could not be opened has been told of. */
async function closeOpened(opening: Promise<FileStore>): Promise<void> {
  const store = await opening.catch(() => undefined);
  await store?.close();
}
