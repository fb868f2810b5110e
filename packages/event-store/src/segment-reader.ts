import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { EventAddress } from './event-address.ts';
import { type EventRange, isUnreadable, type LogItem } from './event-log.ts';
import { GapFinder } from './gap-finder.ts';
import type { LineLog } from './line-log.ts';
import type { SegmentFiles } from './segment-files.ts';
import { type MergedSegment, readManifest } from './segment-manifest.ts';
import { type SegmentView, slotsOf, viewSegments } from './segment-view.ts';
import { splitLines } from './split-lines.ts';
import { takeLines } from './take-lines.ts';

/** Segments read at a time, at first and then. */
const firstReads = 8;
const maxReads = 32;

/** Some lines of the log in the order of the range, or that the view is stale: what it speaks of has been merged. */
type Part = readonly LogItem[] | 'stale';

/** Reads a segmented log. */
export class SegmentReader {
  readonly #files: FileStore;
  readonly #segments: SegmentFiles;
  readonly #address: EventAddress;
  readonly #base: LineLog | undefined;

  /** @param base What lies before all segments, if there is something. */
  constructor(files: FileStore, segments: SegmentFiles, address: EventAddress, base: LineLog | undefined) {
    this.#files = files;
    this.#segments = segments;
    this.#address = address;
    this.#base = base;
  }

  /** Reads a range, see `EventLog.read`; when segments are merged under its eyes it looks again and goes on. */
  async *read(range: EventRange, options: AbortOptions): AsyncGenerator<readonly LogItem[], void, undefined> {
    const finder = new GapFinder(range, this.#address.directory);
    let beyond: number | undefined;
    for (let isStale = true; isStale; ) {
      isStale = false;
      const view = await viewSegments(this.#files, this.#segments, this.#address, options);
      beyond = hasBeyond(view, range) ? range.endId + 1 : undefined;
      for await (const part of this.#parts(view, finder.rest, finder, options)) {
        isStale = part === 'stale';
        if (part === 'stale') {
          break;
        }
        if (part.length > 0) {
          yield part;
        }
        if (finder.isDone) {
          return;
        }
      }
    }
    const items: LogItem[] = [];
    finder.finish(items, beyond);
    yield items;
  }

  /** The lines of segments that are there and real; `undefined` when one of them is not. */
  async readSlots(slots: readonly number[], options: AbortOptions): Promise<readonly Buffer[] | undefined> {
    const contents: Buffer[] = [];
    for (let i = 0; i < slots.length; i += maxReads) {
      const some = slots.slice(i, i + maxReads);
      const read = await this.#readSomeSlots(some, options);
      if (read === undefined) {
        return undefined;
      }
      contents.push(...read);
    }
    return contents;
  }

  async #readSomeSlots(slots: readonly number[], options: AbortOptions): Promise<readonly Buffer[] | undefined> {
    const unknown = slots.filter((firstId) => this.#segments.trusted(firstId) === undefined);
    const read = await Promise.all(slots.map((firstId) => this.#segments.read(firstId, options)));
    const contents = read.flatMap((bytes) => bytes ?? []);
    if (contents.length < slots.length) {
      return undefined;
    }
    if (unknown.length > 0) {
      const { boundary } = await readManifest(this.#files, this.#address.directory, options);
      if (boundary > Math.min(...unknown)) {
        return undefined;
      }
      for (const [i, firstId] of slots.entries()) {
        this.#segments.trust(firstId, contents[i] ?? Buffer.alloc(0));
      }
    }
    return contents;
  }

  async *#parts(view: SegmentView, range: EventRange, finder: GapFinder, options: AbortOptions): AsyncGenerator<Part, void, undefined> {
    const { segments } = view.manifest;
    if (range.reverse && hasBeyond(view, range)) {
      finder.startBelowLater();
    }
    const merged = segments.filter(
      ({ path, firstId, endId }) => path !== this.#address.file && firstId <= range.endId && endId > range.startId,
    );
    if (range.reverse) {
      yield* this.#slotParts(view, range, finder, options);
      yield* this.#mergedParts(view, merged.reverse(), range, finder, options);
      yield* this.#baseParts(view, range, finder, options);
    } else {
      yield* this.#baseParts(view, range, finder, options);
      yield* this.#mergedParts(view, merged, range, finder, options);
      yield* this.#slotParts(view, range, finder, options);
    }
  }

  async *#slotParts(view: SegmentView, range: EventRange, finder: GapFinder, options: AbortOptions): AsyncGenerator<Part, void, undefined> {
    const slots = slotsOf(view, range);
    for (let i = 0, count = firstReads; i < slots.length; i += count, count = maxReads) {
      const contents = await this.readSlots(slots.slice(i, i + count), options);
      if (contents === undefined) {
        yield 'stale';
        return;
      }
      yield takeAll(contents, range, finder);
    }
  }

  /** Whether there is another manifest by now: what the one of the view names may have been deleted. */
  async #isReplaced({ manifest }: SegmentView, options: AbortOptions): Promise<boolean> {
    return (await readManifest(this.#files, this.#address.directory, options)).sequence !== manifest.sequence;
  }

  /** The next one is fetched while one is read. */
  async *#mergedParts(
    view: SegmentView,
    merged: readonly MergedSegment[],
    range: EventRange,
    finder: GapFinder,
    options: AbortOptions,
  ): AsyncGenerator<Part, void, undefined> {
    const fetchAt = (i: number): Promise<Buffer | undefined | null> | undefined => {
      const segment = merged[i];
      const fetched = segment && this.#segments.readMerged(segment, options);
      // Whoever leaves the loop before awaits it no more.
      fetched?.catch(() => undefined);
      return fetched;
    };
    let next = fetchAt(0);
    for (let i = 0; i < merged.length; i += 1) {
      const contents = await next;
      next = fetchAt(i + 1);
      if (contents === undefined && (await this.#isReplaced(view, options))) {
        yield 'stale';
        return;
      }
      // What the manifest still names and nobody has is as unreadable as what is damaged.
      yield contents === undefined || contents === null ? [] : takeAll([contents], range, finder);
    }
  }

  async *#baseParts(view: SegmentView, range: EventRange, finder: GapFinder, options: AbortOptions): AsyncGenerator<Part, void, undefined> {
    if (!view.hasBase || this.#base === undefined) {
      return;
    }
    for await (const items of this.#base.read(range, options)) {
      const taken: LogItem[] = [];
      for (const item of items) {
        if (isUnreadable(item)) {
          finder.takeUnreadable(item, taken);
        } else {
          finder.take(item, taken);
        }
      }
      yield taken;
    }
  }
}

/** Whether there are events behind a range. */
function hasBeyond({ manifest, slots }: SegmentView, { endId }: EventRange): boolean {
  return manifest.boundary > endId || slots.some((firstId) => firstId > endId);
}

function takeAll(contents: readonly Buffer[], range: EventRange, finder: GapFinder): LogItem[] {
  const items: LogItem[] = [];
  for (const bytes of contents) {
    const lines = splitLines(bytes, 0);
    if (takeLines(range.reverse ? lines.reverse() : lines, range, finder, items)) {
      break;
    }
  }
  return items;
}
