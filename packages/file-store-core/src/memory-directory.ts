import { comparePaths } from './compare-paths.ts';

/** One version of a file. The bytes below `size` never change; those above are room that an append may take. */
export interface MemoryFile {
  readonly buffer: Uint8Array;
  readonly size: number;
  readonly version: string;
  readonly modifiedAt: Date;
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A directory; it exists while it has children. */
export class MemoryDirectory {
  readonly files: Map<string, MemoryFile> = new Map();
  readonly directories: Map<string, MemoryDirectory> = new Map();
  #names: readonly string[] | undefined;

  /** Children in listing order, directories ending in `/`; sorted once after each change. */
  get names(): readonly string[] {
    this.#names ??= [...this.files.keys(), ...[...this.directories.keys()].map((name) => `${name}/`)].sort(comparePaths);
    return this.#names;
  }

  get isEmpty(): boolean {
    return this.files.size === 0 && this.directories.size === 0;
  }

  setFile(name: string, file: MemoryFile): void {
    if (!this.files.has(name)) {
      this.#names = undefined;
    }
    this.files.set(name, file);
  }

  /** The directory `name`, made when it is missing. */
  enter(name: string): MemoryDirectory {
    let directory = this.directories.get(name);
    if (directory === undefined) {
      directory = new MemoryDirectory();
      this.directories.set(name, directory);
      this.#names = undefined;
    }
    return directory;
  }

  deleteFile(name: string): void {
    if (this.files.delete(name)) {
      this.#names = undefined;
    }
  }

  deleteDirectory(name: string): void {
    if (this.directories.delete(name)) {
      this.#names = undefined;
    }
  }

  /** Bytes of all contents below. */
  countBytes(): number {
    let bytes = 0;
    for (const file of this.files.values()) {
      bytes += file.size;
    }
    for (const directory of this.directories.values()) {
      bytes += directory.countBytes();
    }
    return bytes;
  }
}
