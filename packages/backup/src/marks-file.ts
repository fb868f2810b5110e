import { type AbortOptions, type FileStore, hasErrorCode, updateFile } from '@oh/file-store-core';
import { z } from 'zod';
import { parseChecked, serializeChecked } from './checked-json.ts';
import { corrupt } from './corrupt.ts';
import { isSha256 } from './sha256.ts';

/** Where marks lie; there is none before the first prune. */
export const marksPath = 'marks.json';

/** That no snapshot needed a pack. */
export interface PackMark {
  /** When that was found; ISO 8601. */
  readonly marked_at: string;
  /** The id of the prune that is deleting it, or died doing so: from then on nobody may rely on it. Null: none is. */
  readonly deleting: string | null;
}

/** What prunes leave for each other and for backups. */
export interface Marks {
  /** How often packs were deleted: who meets the number that it knows has missed nothing. */
  readonly deletions: number;
  readonly packs: ReadonlyMap<string, PackMark>;
}

const noMarks: Marks = { deletions: 0, packs: new Map() };

const marksSchema = z.object({
  format: z.literal('oh-backup-marks'),
  version: z.literal(1),
  deletions: z.number().int().min(0),
  packs: z.record(z.string().refine(isSha256), z.object({ marked_at: z.iso.datetime(), deleting: z.uuid().nullable() })),
});

/** @throws {FileStoreError} `corrupt`. */
export async function readMarks(files: FileStore, options: AbortOptions): Promise<Marks> {
  try {
    return parseMarks(await files.read(marksPath, options));
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return noMarks;
    }
    throw error;
  }
}

/** Changes the marks by compare-and-set. @returns What was written. */
export async function updateMarks(files: FileStore, change: (marks: Marks) => Marks, options: AbortOptions): Promise<Marks> {
  let changed = noMarks;
  await updateFile(
    files,
    marksPath,
    (text) => {
      changed = change(text === undefined ? noMarks : parseMarks(text));
      return serializeMarks(changed);
    },
    options,
  );
  return changed;
}

function serializeMarks({ deletions, packs }: Marks): string {
  return serializeChecked({ format: 'oh-backup-marks', version: 1, deletions, packs: Object.fromEntries(packs) });
}

function parseMarks(text: string): Marks {
  const parsed = marksSchema.safeParse(parseChecked(text));
  if (!parsed.success) {
    throw corrupt(marksPath, 'when no backup and no prune is running it can be deleted: packs are then marked anew');
  }
  return { deletions: parsed.data.deletions, packs: new Map(Object.entries(parsed.data.packs)) };
}
