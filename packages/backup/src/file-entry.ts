import { comparePaths, normalizeFilePath } from '@oh/file-store-core';
import { z } from 'zod';
import { tryJson } from './checked-json.ts';
import { isSha256 } from './sha256.ts';

/** A file of a snapshot; the names of the fields are those of the format. */
export interface BackupFile {
  /** From the root of what was backed up. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** When it was changed, by the clock of its store, see {@link toModifiedAt}. */
  readonly modified_at: string;
  /** The version that its store had of it: the next backup does not read what still has it. */
  readonly version: string;
  /** The SHA-256 of its parts, of at most 1 MiB each; none of an empty file. */
  readonly chunks: readonly string[];
  readonly content_type?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What another version says of a file besides stays with it, as long as it does not change. */
const fileSchema: z.ZodType<BackupFile> = z.looseObject({
  path: z.string().refine(isNormalized),
  size: z.number().int().min(0),
  modified_at: z.iso.datetime(),
  version: z.string(),
  chunks: z.array(z.string().refine(isSha256)),
  content_type: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * The time of a file as a list has it: ISO 8601, with a year of four digits.
 *
 * Of one outside these years, which a file system has after damage or by a clock that was wrong, the nearest; of one that no `Date` has, the start of 1970.
 */
export function toModifiedAt(time: Date): string {
  return new Date(Math.min(latest, Math.max(earliest, time.getTime() || 0))).toISOString();
}

function isNormalized(path: string): boolean {
  try {
    return normalizeFilePath(path) === path;
  } catch {
    // It throws for a path that is none.
    return false;
  }
}

/** A part of a list of files: a line of JSON for each. */
export function serializeFiles(files: readonly BackupFile[]): string {
  return files.map((file) => `${JSON.stringify(file)}\n`).join('');
}

/** Reads what {@link serializeFiles} gave. @returns `undefined` for anything else, files out of order included. */
export function parseFiles(text: string): readonly BackupFile[] | undefined {
  const files: BackupFile[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const parsed = fileSchema.safeParse(tryJson(line));
    const last = files.at(-1);
    if (!parsed.success || (last !== undefined && comparePaths(last.path, parsed.data.path) >= 0)) {
      return undefined;
    }
    files.push(parsed.data);
  }
  return text.endsWith('\n') ? files : undefined;
}
