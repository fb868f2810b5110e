import { FileStoreError, maxPathBytes, normalizePath } from '@oh/file-store-core';

/** Directories, wherever they lie, for what stores try out on the server; no path leads into one, and no listing shows it. */
const reservedName = '.oh-probe';

/** Turns paths into keys of the bucket and back. A key is the prefix and the path, byte for byte. */
export class S3Keys {
  /** Empty, or ending in `/`. */
  readonly prefix: string;

  /** @throws {FileStoreError} `invalid-path` when `prefix` is no path. */
  constructor(prefix: string) {
    const directory = normalizePath(prefix);
    this.prefix = directory === '' ? '' : `${directory}/`;
  }

  /** @throws {FileStoreError} `invalid-path` when the key would be too long, or is the store's own. */
  toKey(path: string): string {
    if (isReserved(path)) {
      throw new FileStoreError('invalid-path', `${JSON.stringify(path)} lies in ${reservedName}, which the store reserves`, { path });
    }
    const key = this.prefix + path;
    if (Buffer.byteLength(key) > maxPathBytes) {
      const why = `with the prefix ${JSON.stringify(this.prefix)} its key would be longer than ${maxPathBytes} bytes`;
      throw new FileStoreError('invalid-path', `${JSON.stringify(path)}: ${why}`, { path });
    }
    return key;
  }

  /** What all keys below a directory begin with; the root is `''`. */
  toPrefix(directory: string): string {
    return directory === '' ? this.prefix : `${this.toKey(directory)}/`;
  }

  /** The path of a key, of a directory with its `/`. @returns `undefined` for a key that no path leads to, such as `a//b` or `a/../b`. */
  toPath(key: string): string | undefined {
    const path = key.slice(this.prefix.length);
    const file = path.endsWith('/') ? path.slice(0, -1) : path;
    return isPath(file) && !isReserved(file) ? path : undefined;
  }

  /** A new key for a trial in a directory, `''` for the root. */
  newTrialKey(directory: string): string {
    return `${this.toPrefix(directory)}${reservedName}/${crypto.randomUUID()}`;
  }
}

function isReserved(path: string): boolean {
  return path.split('/').includes(reservedName);
}

function isPath(text: string): boolean {
  try {
    return text !== '' && normalizePath(text) === text;
  } catch {
    // Somebody else's key: it has no path, and so no place in a listing.
    return false;
  }
}
