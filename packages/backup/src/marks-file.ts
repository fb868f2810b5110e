import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, updateFile } from '@oh/file-store-core';
import { z } from 'zod';
import { parseChecked, serializeChecked, tryJson } from './checked-json.ts';
import { corrupt } from './corrupt.ts';
import { isSha256 } from './sha256.ts';

/** Where marks lie; there is none before the first prune. */
export const marksPath = 'marks.json';
const format = 'oh-backup-marks';
const version = 1;

/** That no snapshot needed a pack. Fields that are not known stay as they are stored. */
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

/** Marks with the fields of their file that are not known, as they are stored. */
interface StoredMarks extends Marks {
  readonly unknownFields: Readonly<Record<string, unknown>>;
}

const noMarks: StoredMarks = { deletions: 0, packs: new Map(), unknownFields: {} };

const marksSchema = z.looseObject({
  format: z.literal(format),
  version: z.literal(version),
  deletions: z.number().int().min(0),
  packs: z.record(z.string().refine(isSha256), z.looseObject({ marked_at: z.iso.datetime(), deleting: z.uuid().nullable() })),
});

/** What is to be done about marks that cannot be read. */
const advice =
  'while it is so nothing is pruned, and each backup stores everything anew; delete it when no backup and no prune is running: packs are then marked anew';

/** Of another version, before its other fields are looked at. */
const versionSchema = z.object({ format: z.literal(format), version: z.number() });

/** @throws {FileStoreError} `corrupt`; `unsupported` for those of another version. */
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

/** Changes the marks by compare-and-set. @returns What was written. @throws {FileStoreError} As {@link readMarks}. */
export async function updateMarks(files: FileStore, change: (marks: Marks) => Marks, options: AbortOptions): Promise<Marks> {
  let changed: Marks = noMarks;
  await updateFile(
    files,
    marksPath,
    (text) => {
      const { unknownFields, ...marks } = text === undefined ? noMarks : parseMarks(text);
      changed = change(marks);
      return serializeMarks({ ...changed, unknownFields });
    },
    options,
  );
  return changed;
}

function serializeMarks({ deletions, packs, unknownFields }: StoredMarks): string {
  return serializeChecked({ format, version, deletions, packs: Object.fromEntries(packs), ...unknownFields });
}

function parseMarks(text: string): StoredMarks {
  const other = versionSchema.safeParse(tryJson(text)).data?.version ?? version;
  if (other !== version) {
    throw new FileStoreError('unsupported', `the marks of the repository are of version ${other}; known is ${version}`, {
      path: marksPath,
    });
  }
  const parsed = marksSchema.safeParse(parseChecked(text));
  if (!parsed.success) {
    throw corrupt(marksPath, advice);
  }
  const { format: _format, version: _version, deletions, packs, ...unknownFields } = parsed.data;
  return { deletions, packs: new Map(Object.entries(packs)), unknownFields };
}
