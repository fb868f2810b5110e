import assert from 'node:assert/strict';

/** A file as the reference knows it: the contents by the rules, the version as the store gave it. */
export interface ReferenceFile {
  readonly bytes: Uint8Array;
  readonly version: string;
  /** What was given at the write as content type and metadata; `undefined` for none. */
  readonly label: string | undefined;
}

/** What a listing shall show. */
export type ReferenceEntry = { readonly path: string } & ({ readonly kind: 'directory' } | ({ readonly kind: 'file' } & ReferenceFile));

/** The files that a store shall hold: a map of whole paths, with nothing of how any store keeps them. */
export class ReferenceFiles {
  readonly #files = new Map<string, ReferenceFile>();
  /** Every version a path ever had, and the one contents that it stands for. */
  readonly #history = new Map<string, Map<string, Uint8Array>>();

  get(path: string): ReferenceFile | undefined {
    return this.#files.get(path);
  }

  /** Notes what the store says it has made. @throws {AssertionError} When the version stood for other contents of this path before. */
  set(path: string, file: ReferenceFile): void {
    const { bytes, version } = file;
    const versions = this.#history.get(path) ?? new Map<string, Uint8Array>();
    this.#history.set(path, versions);
    const before = versions.get(version);
    assert.ok(before === undefined || same(before, bytes), `version ${version} of ${path} came back for other contents`);
    versions.set(version, bytes);
    this.#files.set(path, file);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  removeBelow(directory: string): void {
    for (const path of this.#below(directory)) {
      this.#files.delete(path);
    }
  }

  /** Whether a file lies below `path`. */
  isDirectory(path: string): boolean {
    return this.#below(path).length > 0;
  }

  /** Whether a directory on the way to `path` is a file. */
  liesBelowFile(path: string): boolean {
    return [...this.#files.keys()].some((file) => path.startsWith(`${file}/`));
  }

  /** A version that the path had before the one it has. */
  staleVersion(path: string): string | undefined {
    const current = this.get(path)?.version;
    return [...(this.#history.get(path)?.keys() ?? [])].findLast((version) => version !== current);
  }

  /** The version of another file. */
  otherVersion(path: string): string | undefined {
    return [...this.#files].find(([other]) => other !== path)?.[1].version;
  }

  /** All of a directory in the order of a listing. */
  entries(directory: string, recursive: boolean): ReferenceEntry[] {
    const prefix = directory === '' ? '' : `${directory}/`;
    const found = new Map<string, ReferenceEntry>();
    for (const path of this.#below(directory)) {
      const slash = path.indexOf('/', prefix.length);
      const file = this.#files.get(path);
      if (!recursive && slash !== -1) {
        const child = path.slice(0, slash + 1);
        found.set(child, { kind: 'directory', path: child });
      } else if (file !== undefined) {
        found.set(path, { kind: 'file', path, ...file });
      }
    }
    return [...found.values()].sort((a, b) => compareBytes(a.path, b.path));
  }

  #below(directory: string): string[] {
    return [...this.#files.keys()].filter((path) => directory === '' || path.startsWith(`${directory}/`));
  }
}

/** Orders texts by their UTF-8 bytes. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
