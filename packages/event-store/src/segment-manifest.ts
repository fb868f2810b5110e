import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, readIfThere } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';

/** Events that were merged into one file, which is never changed. */
export interface MergedSegment {
  /** Full path of the file. */
  readonly path: string;
  readonly firstId: number;
  /** The id after the last one. */
  readonly endId: number;
  /** Bytes of its lines, before they were compressed. */
  readonly size: number;
}

/**
 * What has become of the first segments of a log. It is replaced by compare-and-set alone.
 *
 * The boundary never falls, and it is raised before a segment below it is deleted. So whoever has read or written a segment and then finds the
 * boundary at or below it knows that the segment was the real one, and not one that came where another had been deleted.
 */
export interface SegmentManifest {
  /** Counts its versions, from 1; 0 is that nothing was merged. */
  readonly sequence: number;
  /** Events from this id on are in segments of their own; those below are in {@link segments} alone. */
  readonly boundary: number;
  /** The highest fencing token below the boundary; 0 for none. */
  readonly fencingToken: number;
  readonly segments: readonly MergedSegment[];
}

/** A manifest as it is in the store. */
export interface StoredManifest extends SegmentManifest {
  /** The version of its file; `undefined` when there is none. */
  readonly version: string | undefined;
}

const format = 1;

/** Where a manifest lies in the directory of a log. */
function manifestPath(directory: string): string {
  return `${directory}/manifest.json`;
}

/**
 * Reads the manifest of a log; of a log without one everything is in segments of its own.
 *
 * @throws {FileStoreError} `corrupt` when it cannot be read: nothing is then known of the log.
 */
export async function readManifest(files: FileStore, directory: string, { signal }: AbortOptions): Promise<StoredManifest> {
  const path = manifestPath(directory);
  const file = await readIfThere(files, path, { signal });
  return file === undefined
    ? { sequence: 0, boundary: 0, fencingToken: 0, segments: [], version: undefined }
    : { ...parseManifest(file.text, path, directory), version: file.info.version };
}

/** Writes a manifest that names nothing, where there is none; of bytes that no other has, so that also a version made of the bytes tells it apart. */
export async function beginManifest(files: FileStore, directory: string, { signal }: AbortOptions): Promise<void> {
  const text = `${JSON.stringify({ format, sequence: 0, boundary: 0, fencing_token: 0, segments: [], id: crypto.randomUUID() })}\n`;
  try {
    await files.write(manifestPath(directory), text, { ifAbsent: true, signal });
  } catch (error) {
    if (!hasErrorCode(error, 'already-exists')) {
      throw error;
    }
  }
}

/** Replaces the manifest that was read. @returns False when it is another one by now. */
export async function replaceManifest(
  files: FileStore,
  directory: string,
  read: StoredManifest,
  next: SegmentManifest,
  { signal }: AbortOptions,
): Promise<boolean> {
  const condition = read.version === undefined ? { ifAbsent: true } : { ifVersion: read.version };
  try {
    await files.write(manifestPath(directory), formatManifest(next, directory), { ...condition, signal });
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'already-exists') || hasErrorCode(error, 'version-mismatch')) {
      return false;
    }
    throw error;
  }
}

/** Paths are kept relative to the conversation, so that a directory can be copied. */
function formatManifest(manifest: SegmentManifest, directory: string): string {
  const root = rootOf(directory);
  const segments = manifest.segments.map(({ path, firstId, endId, size }) => ({
    path: path.slice(root.length),
    first_id: firstId,
    end_id: endId,
    size,
  }));
  const { sequence, boundary, fencingToken } = manifest;
  return `${JSON.stringify({ format, sequence, boundary, fencing_token: fencingToken, segments })}\n`;
}

function parseManifest(text: string, path: string, directory: string): SegmentManifest {
  const root = rootOf(directory);
  try {
    const fields = toRecord(parseJson(text));
    if (fields['format'] !== format) {
      throw new TypeError('another format');
    }
    const segments = toList(fields['segments']).map((segment) => {
      const {
        path: name,
        first_id,
        end_id,
        size,
      } = toRecord(segment) as Readonly<Record<'path' | 'first_id' | 'end_id' | 'size', unknown>>;
      return { path: root + toText(name), firstId: toCount(first_id), endId: toCount(end_id), size: toCount(size) };
    });
    return {
      sequence: toCount(fields['sequence']),
      boundary: toCount(fields['boundary']),
      fencingToken: toCount(fields['fencing_token']),
      segments,
    };
  } catch (cause) {
    throw new FileStoreError('corrupt', `the manifest at "${path}" cannot be read`, { path, cause });
  }
}

/** The directory of the conversation, with its slash. */
function rootOf(directory: string): string {
  return directory.slice(0, directory.lastIndexOf('/') + 1);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('not an object');
  }
  return value as Readonly<Record<string, unknown>>;
}

function toList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TypeError('not an array');
  }
  return value;
}

function toText(value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError('not a text');
  }
  return value;
}

function toCount(value: unknown): number {
  if (!(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) {
    throw new TypeError('not a whole number from 0');
  }
  return value;
}
