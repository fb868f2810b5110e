import { maxPathBytes } from '@oh/file-store-core';
import type { HeldDirectory } from './held-directory.ts';
import { lstatIfPresent } from './local-file.ts';
import type { EntryKind } from './read-directory.ts';

/**
 * Why a listing leaves something out.
 *
 * - `kind`: it is a symbolic link or a special file.
 * - `name`: it is a file or a directory, with a name that no path can have (control characters, bytes that are not UTF-8), or a path of more than 1,024 bytes.
 */
export type LeftOutReason = 'kind' | 'name';

/** What a directory holds, by its name there and by its path from the root. */
interface ListedEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: EntryKind;
}

/** @returns `undefined` for what is listed. */
export function whyLeftOut(directory: HeldDirectory, entry: ListedEntry): LeftOutReason | undefined {
  if (entry.kind === 'other') {
    return 'kind';
  }
  return Buffer.byteLength(entry.path) <= maxPathBytes && isPathName(directory, entry.name) ? undefined : 'name';
}

/** Whether a path can have the name of an entry. What is not UTF-8 is read with U+FFFD in its place, and nothing has that name. */
function isPathName(directory: HeldDirectory, name: string): boolean {
  return !/\p{Cc}/u.test(name) && (!name.includes('\uFFFD') || lstatIfPresent(directory.entry(name)) !== undefined);
}
