import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { EventAddress } from './event-address.ts';
import type { EventRange } from './event-log.ts';
import { LogFile } from './log-file.ts';
import type { SegmentFiles } from './segment-files.ts';
import { readManifest, type StoredManifest } from './segment-manifest.ts';

/** What a segmented log consisted of when it was looked at. */
export interface SegmentView {
  readonly manifest: StoredManifest;
  /** The first ids of the segments above the boundary. */
  readonly slots: readonly number[];
  /** The version of the last one of them. */
  readonly lastVersion: string | undefined;
  /** Whether a file of lines comes before all segments: the log was copied from a store that appends. */
  readonly hasBase: boolean;
}

/**
 * Looks at a segmented log: three requests, and one more for one of which nothing was merged.
 *
 * The manifest is read again after the listing: as long as it is the same, no segment above its boundary can have been deleted before the listing.
 */
export async function viewSegments(
  files: FileStore,
  segments: SegmentFiles,
  { directory, file }: EventAddress,
  options: AbortOptions,
): Promise<SegmentView> {
  for (let manifest = await readManifest(files, directory, options); ; ) {
    const versions = await segments.list(manifest.boundary, options);
    const slots = [...versions.keys()];
    const now = await readManifest(files, directory, options);
    if (now.sequence === manifest.sequence) {
      const hasBase =
        now.sequence === 0 && slots[0] !== 0 ? await isThere(files, file, options) : now.segments.some(({ path }) => path === file);
      return { manifest, slots, lastVersion: [...versions.values()].at(-1), hasBase };
    }
    manifest = now;
  }
}

async function isThere(files: FileStore, file: string | undefined, options: AbortOptions): Promise<boolean> {
  return file !== undefined && (await new LogFile(files, file).look(options)).size > 0;
}

/** The slots that may hold events of a range, in its order. */
export function slotsOf({ slots }: SegmentView, { startId, endId, reverse }: EventRange): readonly number[] {
  const wanted = slots.filter((firstId, i) => firstId <= endId && (slots[i + 1] ?? Number.POSITIVE_INFINITY) > startId);
  return reverse ? wanted.reverse() : wanted;
}
