import { type AbortOptions, type FileListEntry, type FileStore, forEachConcurrently } from '@oh/file-store-core';
import type { BackupFile } from './file-entry.ts';
import { listFiles, type SourceListing } from './list-files.ts';
import type { OnBackupProgress } from './progress.ts';
import type { SourceRead } from './read-source-file.ts';
import type { LeftOutFile } from './snapshot-record.ts';

/** How often a directory is listed again because something in it changed before it was read. */
const maxRounds = 4;
const maxInFlight = 32;

/** Options of {@link ScanSteps.read}. */
export interface ScanReadOptions extends AbortOptions {
  /** Called for each part of a larger file that was kept, with its bytes. */
  readonly onPart: (bytes: number) => void;
}

/** What a scan is to do with a file. */
export interface ScanSteps {
  /** Whether the file is to be left alone as if it were not there. */
  readonly isExcluded: (path: string) => boolean;
  /** Whether what is kept of a file is what is listed. */
  isUnchanged(kept: BackupFile, listed: FileListEntry): boolean;
  /** Reads a file and keeps its contents. */
  read(path: string, options: ScanReadOptions): Promise<SourceRead>;
  readonly onProgress?: OnBackupProgress | undefined;
}

/** What a scan found. */
export interface ScanResult {
  /** By path, in no order. */
  readonly files: ReadonlyMap<string, BackupFile>;
  readonly leftOut: ReadonlyMap<string, LeftOutFile>;
  readonly vanished: number;
  /** Directories that had changed again at the last look, and files at the root that changed whenever they were read. */
  readonly unsettled: readonly string[];
}

/**
 * Reads a source while others change it.
 *
 * When every file still had its listed version when it was read, the result is what was there when it was listed. Where one had not, or was gone,
 * its directory is listed and read again, what has changed in it, until that is so there.
 *
 * @param listed What is in the source but for what is excluded, as {@link listFiles} tells.
 * @param kept What is known of files by path, from an earlier backup.
 */
export async function scanSource(
  source: FileStore,
  listed: SourceListing,
  kept: ReadonlyMap<string, BackupFile>,
  steps: ScanSteps,
  { signal }: AbortOptions,
): Promise<ScanResult> {
  const scan = new SourceScan(kept, steps);
  let scopes = await scan.readScopes([''], listed, { signal });
  for (let round = 1; round < maxRounds && scopes.length > 0; round += 1) {
    const listedAgain = await listFiles(source, scopes, steps.isExcluded, { signal });
    scopes = await scan.readScopes(scopes, listedAgain, { signal });
  }
  return { ...scan.result, unsettled: [...scopes, ...scan.unsettledAtRoot].sort() };
}

class SourceScan {
  readonly #steps: ScanSteps;
  readonly #known: Map<string, BackupFile>;
  readonly #files = new Map<string, BackupFile>();
  readonly #leftOut = new Map<string, LeftOutFile>();
  readonly #vanished = new Set<string>();
  /** Files at the root that changed whenever they were read. */
  readonly unsettledAtRoot: string[] = [];

  constructor(kept: ReadonlyMap<string, BackupFile>, steps: ScanSteps) {
    this.#known = new Map(kept);
    this.#steps = steps;
  }

  get result(): Omit<ScanResult, 'unsettled'> {
    return { files: this.#files, leftOut: this.#leftOut, vanished: this.#vanished.size };
  }

  /** @returns The directories that changed meanwhile. */
  async readScopes(
    scopes: readonly string[],
    { files: listed, leftOut }: SourceListing,
    { signal }: AbortOptions,
  ): Promise<readonly string[]> {
    this.#forget(scopes);
    for (const each of leftOut) {
      this.#leftOut.set(each.path, each);
    }
    const changed = new Set<string>();
    const toRead = listed.filter((entry) => !this.#keep(entry));
    const total = { totalFiles: listed.length, totalBytes: bytesOf(listed) };
    let [files, bytes] = [listed.length - toRead.length, total.totalBytes - bytesOf(toRead)];
    const progress = (): void => this.#steps.onProgress?.({ files, bytes, ...total });
    progress();
    await forEachConcurrently(toRead, { maxInFlight, signal }, async (entry, inFlight) => {
      let rest = entry.size;
      const onPart = (read: number): void => {
        // What has grown meanwhile counts as what was listed.
        const counted = Math.min(read, rest);
        rest -= counted;
        bytes += counted;
        progress();
      };
      const scope = scopeOf(entry.path);
      if (scope === '') {
        await this.#readAtRoot(entry.path, { signal: inFlight, onPart });
      } else if (!(await this.#read(entry, { signal: inFlight, onPart }))) {
        changed.add(scope);
      }
      files += 1;
      bytes += rest;
      progress();
    });
    return withoutNested([...changed]);
  }

  /** What is not met again is not there. */
  #forget(scopes: readonly string[]): void {
    const isWithin = (path: string): boolean => scopes.some((scope) => scope === '' || path.startsWith(`${scope}/`));
    for (const [path, file] of [...this.#files].filter(([each]) => isWithin(each))) {
      this.#known.set(path, file);
      this.#files.delete(path);
    }
    for (const path of [...this.#leftOut.keys()].filter(isWithin)) {
      this.#leftOut.delete(path);
    }
  }

  /** @returns Whether the file need not be read. */
  #keep(entry: FileListEntry): boolean {
    const known = this.#known.get(entry.path);
    const isKept = known !== undefined && this.#steps.isUnchanged(known, entry);
    if (isKept) {
      this.#files.set(entry.path, known);
      this.#vanished.delete(entry.path);
    }
    return isKept;
  }

  /** @returns Whether the file is as it was listed. */
  async #read({ path, version }: FileListEntry, options: ScanReadOptions): Promise<boolean> {
    const { found, isSettled } = await this.#readOnce(path, options);
    return found !== undefined && isSettled && ('reason' in found || found.version === version);
  }

  /** It stands for itself: any version will do. */
  async #readAtRoot(path: string, options: ScanReadOptions): Promise<void> {
    for (let round = 1; round <= maxRounds; round += 1) {
      if ((await this.#readOnce(path, options)).isSettled) {
        return;
      }
    }
    if (this.#files.has(path)) {
      this.unsettledAtRoot.push(path);
    }
  }

  async #readOnce(path: string, options: ScanReadOptions): Promise<SourceRead> {
    const read = await this.#steps.read(path, options);
    for (const each of [this.#vanished, this.#files, this.#leftOut]) {
      each.delete(path);
    }
    if (read.found === undefined) {
      this.#vanished.add(path);
    } else if ('reason' in read.found) {
      this.#leftOut.set(path, read.found);
    } else {
      this.#files.set(path, read.found);
    }
    return read;
  }
}

function bytesOf(listed: readonly FileListEntry[]): number {
  return listed.reduce((sum, { size }) => sum + size, 0);
}

/** The directory whose files belong together: the second below the root, such as that of a conversation. Files at the root stand for themselves. */
function scopeOf(path: string): string {
  return path.split('/').slice(0, -1).slice(0, 2).join('/');
}

function withoutNested(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => !scopes.some((other) => scope.startsWith(`${other}/`))).sort();
}
