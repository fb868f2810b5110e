import { z } from 'zod';
import { tryJson } from './checked-json.ts';
import { isSha256 } from './sha256.ts';

/** A file that a backup does not have, and why. */
export interface LeftOutFile {
  /** Of a directory that cannot be listed, with nothing known of what is in it, with `/` at its end. */
  readonly path: string;
  /** `plain-secret`: it would have been stored in clear; else the code of the error that reading it gave. */
  readonly reason: string;
}

/** What stands in the file of a snapshot. */
export interface SnapshotRecord {
  readonly format: 'oh-backup-snapshot';
  readonly version: 1;
  /** ISO 8601. */
  readonly created_at: string;
  /** What was backed up, by the name that was given to it. */
  readonly source: string;
  /** The snapshot whose unchanged files were not read again. */
  readonly parent: string | null;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** Bytes that were written for it. */
  readonly stored_bytes: number;
  /** Files that were gone before they could be read. */
  readonly vanished: number;
  /** Directories in which something changed whenever they were looked at, and such files at the root: what is in them is of different moments. */
  readonly unsettled: readonly string[];
  readonly left_out: readonly LeftOutFile[];
  /** The blobs with the list of files. */
  readonly list: readonly string[];
}

const count = z.number().int().min(0);

/** Of another version, before its other fields are looked at. */
const versionSchema = z.object({ format: z.literal('oh-backup-snapshot'), version: z.number() });

const snapshotSchema: z.ZodType<SnapshotRecord> = z.object({
  format: z.literal('oh-backup-snapshot'),
  version: z.literal(1),
  created_at: z.iso.datetime(),
  source: z.string(),
  parent: z.string().refine(isSha256).nullable(),
  files: count,
  bytes: count,
  stored_bytes: count,
  vanished: count,
  unsettled: z.array(z.string()),
  left_out: z.array(z.object({ path: z.string(), reason: z.string() })),
  list: z.array(z.string().refine(isSha256)),
});

/** The record as JSON. */
export function serializeSnapshot(record: SnapshotRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** Reads what {@link serializeSnapshot} gave: the record, the number of a version that is not known, or `undefined` for anything else. */
export function parseSnapshot(text: string): SnapshotRecord | number | undefined {
  const value = tryJson(text);
  const { version = 1 } = versionSchema.safeParse(value).data ?? {};
  return version === 1 ? snapshotSchema.safeParse(value).data : version;
}
