import type { FileStore } from '@oh/file-store-core';
import { isDeleted, removeDecided } from './deleted-conversation.ts';
import { EndScanner } from './end-scanner.ts';
import type { EventAddress } from './event-address.ts';
import type { LineLog } from './line-log.ts';
import type { SegmentFiles } from './segment-files.ts';
import {
  beginManifest,
  type MergedSegment,
  readManifest,
  replaceManifest,
  type SegmentManifest,
  type StoredManifest,
} from './segment-manifest.ts';
import { type SegmentView, viewSegments } from './segment-view.ts';
import { splitLines } from './split-lines.ts';

/** Segments above the boundary from which on it is worth merging them; writers that share a log wait for a few more, so that not all begin. */
const minSlots = 32;
const maxMoreSlots = 32;

/** Segments that are merged at once at most; the rest follows. */
const maxSlots = 256;

/** Bytes of lines in a merged segment, but for one that a single larger segment is merged to. */
const maxMergedBytes = 4 * 1024 * 1024;

/**
 * Merges the segments of a log in the background, so that it is read with few requests.
 *
 * First the merged segment is written, then the manifest names it by compare-and-set, and only then is deleted what no reader needs. The newest
 * segment is never merged, so that whoever looks from the last one he knows on sees that the log has gone on. Whatever goes wrong, or dies on the
 * way, leaves the log as it is, and the next one removes what was left.
 */
export class SegmentCompactor {
  readonly #files: FileStore;
  readonly #segments: SegmentFiles;
  readonly #address: EventAddress;
  readonly #base: LineLog | undefined;
  #isClosing = false;
  #threshold = minSlots;
  #running: Promise<void> | undefined;

  constructor(files: FileStore, segments: SegmentFiles, address: EventAddress, base: LineLog | undefined) {
    this.#files = files;
    this.#segments = segments;
    this.#address = address;
    this.#base = base;
  }

  /** Begins to merge when there are enough segments and nothing is under way. */
  consider(slots: number): void {
    if (slots < this.#threshold || this.#running !== undefined || this.#isClosing) {
      return;
    }
    this.#threshold = minSlots + Math.floor(Math.random() * maxMoreSlots);
    this.#running = this.#compact()
      // Nobody waits for it and nothing depends on it: it is tried again after some more appends.
      .catch(() => {
        this.#threshold = slots + minSlots;
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
  }

  async #compact(): Promise<void> {
    for (let isGoingOn = true; isGoingOn; ) {
      const view = await viewSegments(this.#files, this.#segments, this.#address, {});
      if (view.slots.length < minSlots) {
        return;
      }
      if (view.manifest.version === undefined) {
        await this.#begin();
        continue;
      }
      const below = await this.#segments.firstOf(view.slots.slice(0, Math.min(view.slots.length - 1, maxSlots)), maxMergedBytes, {});
      const boundary = view.slots[below.length];
      if (boundary === undefined || below.length === 0) {
        return;
      }
      const merged = await this.#merge(view, below, boundary);
      isGoingOn = merged !== undefined && (await replaceManifest(this.#files, this.#address.directory, view.manifest, merged, {}));
      if (merged !== undefined) {
        await (isGoingOn ? this.#clean(merged) : this.#discard(merged));
      }
    }
  }

  /** Gives the log a manifest that names nothing: replacing it fails where the conversation was deleted and made anew since. */
  async #begin(): Promise<void> {
    await beginManifest(this.#files, this.#address.directory, {});
    await this.#removeIfDeleted();
  }

  /** A deletion is decided before anything is deleted: either it meets what was written here, or this meets the tombstone. */
  async #removeIfDeleted(): Promise<void> {
    if (await isDeleted(this.#files, this.#address, {})) {
      await removeDecided(this.#files, this.#address, () => this.#files.delete(this.#address.directory));
    }
  }

  /**
   * Deletes what was merged in vain: of a conversation that was deleted meanwhile it would be all that is left. But the manifest may name it: when the answer to its
   * replacement was lost, or when others have merged the same.
   */
  async #discard({ segments }: SegmentManifest): Promise<void> {
    const { path } = segments.at(-1) ?? {};
    const manifest = await readManifest(this.#files, this.#address.directory, {});
    if (path !== undefined && !manifest.segments.some((segment) => segment.path === path)) {
      await this.#segments.deleteMerged(path, {});
    }
  }

  /**
   * Writes what segments hold as one.
   *
   * @returns The manifest that names it; `undefined` when one of the segments has gone, as another one is at it.
   */
  async #merge({ manifest, hasBase }: SegmentView, slots: readonly number[], boundary: number): Promise<SegmentManifest | undefined> {
    const read = await Promise.all(slots.map((firstId) => this.#segments.read(firstId, {})));
    const contents = read.flatMap((bytes) => (bytes === undefined ? [] : [withNewline(bytes)]));
    if (contents.length < slots.length) {
      return undefined;
    }
    const scanner = new EndScanner(0, manifest.fencingToken);
    for (const line of contents.flatMap((bytes) => splitLines(bytes, 0))) {
      scanner.add(line);
    }
    const kept = await this.#keptOf(manifest, hasBase);
    const { bytes, count } = await this.#absorb(kept, Buffer.concat(contents));
    const before = kept.slice(0, kept.length - count);
    const firstId = kept[before.length]?.firstId ?? slots[0] ?? boundary;
    const sequence = manifest.sequence + 1;
    const segment = await this.#segments.writeMerged(firstId, boundary, sequence, bytes, {});
    return { sequence, boundary, fencingToken: scanner.fencingToken, segments: [...before, segment] };
  }

  /**
   * Puts the last merged segments before `bytes`, as long as each is at most twice as large as what comes behind it: so each byte is written
   * anew a few times only.
   */
  async #absorb(kept: readonly MergedSegment[], bytes: Buffer): Promise<{ readonly bytes: Buffer; readonly count: number }> {
    let all = bytes;
    let count = 0;
    for (const segment of kept.toReversed()) {
      const { path, size } = segment;
      if (path === this.#address.file || size > 2 * all.byteLength || size + all.byteLength > maxMergedBytes) {
        break;
      }
      const before = await this.#segments.readMerged(segment, {});
      if (before === undefined || before === null) {
        break;
      }
      all = Buffer.concat([before, all]);
      count += 1;
    }
    return { bytes: all, count };
  }

  /** What is merged already, and the file of lines before it. */
  async #keptOf({ segments, sequence }: StoredManifest, hasBase: boolean): Promise<readonly MergedSegment[]> {
    const { file } = this.#address;
    if (sequence > 0 || !hasBase || file === undefined || this.#base === undefined) {
      return segments;
    }
    const { nextId, size } = await this.#base.readEnd({});
    return [{ path: file, firstId: 0, endId: nextId, size }];
  }

  /** Deletes what the manifest has made needless, also what others have left that died on the way. */
  async #clean({ segments, boundary, sequence }: SegmentManifest): Promise<void> {
    const named = new Set(segments.map(({ path }) => path));
    const stale = [...(await this.#segments.list(0, {}))].filter(([firstId]) => firstId < boundary);
    // One of a later version may be about to be named.
    const needless = (await this.#segments.listMerged({})).filter((merged) => merged.sequence <= sequence && !named.has(merged.path));
    // After the lists, which may be of another log: the conversation may have been deleted and made anew.
    const present = await readManifest(this.#files, this.#address.directory, {});
    if (present.segments.some(({ path }) => path === segments.at(-1)?.path)) {
      await Promise.all(stale.map(([firstId, version]) => this.#segments.delete(firstId, version, {})));
      for (const { path } of needless) {
        await this.#segments.deleteMerged(path, {});
      }
    }
    await this.#removeIfDeleted();
  }
}

/** A segment that was damaged may lack its last newline. */
function withNewline(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}
