import { MemoryDriver } from './memory-driver.ts';
import { PortableFileStore } from './portable-file-store.ts';

/** Options of {@link MemoryFileStore}. */
export interface MemoryFileStoreOptions {
  /** Bytes of all contents together; more answers `no-space`. Nothing is ever evicted. Default: unlimited. */
  readonly maxBytes?: number | undefined;
  /** The clock of `modifiedAt`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/**
 * A store in the memory of this process, gone with the object: for tests, and the reference of what every backend does.
 *
 * It has every capability. Contents are copied in and out.
 */
export class MemoryFileStore extends PortableFileStore {
  /** @throws {RangeError} When `maxBytes` is no number from 0. */
  constructor(options: MemoryFileStoreOptions = {}) {
    const { maxBytes = Number.POSITIVE_INFINITY, now = () => new Date() } = options;
    if (!(maxBytes >= 0)) {
      throw new RangeError('maxBytes is a number of bytes from 0');
    }
    super(new MemoryDriver(maxBytes, now));
  }
}
