import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import { z } from 'zod';

/** What is known of an index as a whole; `state.json` in its directory. It is there once everything was listed. */
export interface IndexState {
  /** The form of the index. */
  readonly version: 1;
  /** How many directories there were at the last comparison. */
  readonly conversations: number;
  /** When the last comparison began, by the clock of the process that made it. */
  readonly compared_at: string;
}

const stateSchema = z.object({ version: z.literal(1), conversations: z.int().min(0), compared_at: z.iso.datetime() });
const laterSchema = z.object({ version: z.int().min(2) });

/**
 * Reads the state of an index.
 *
 * @returns `missing` when there is none, or it cannot be read: the index is then made anew; `later` when a later version made it, which is
 *   left alone.
 */
export async function readIndexState(
  files: FileStore,
  directory: string,
  options: AbortOptions,
): Promise<IndexState | 'missing' | 'later'> {
  try {
    const json = parseJson(await files.read(pathIn(directory), { signal: options.signal }));
    const state = stateSchema.safeParse(json);
    if (state.success) {
      return state.data;
    }
    return laterSchema.safeParse(json).success ? 'later' : 'missing';
  } catch (error) {
    if (hasErrorCode(error, 'not-found') || hasErrorCode(error, 'corrupt') || error instanceof SyntaxError) {
      return 'missing';
    }
    throw error;
  }
}

/** Replaces the state of an index. */
export async function writeIndexState(files: FileStore, directory: string, state: IndexState, options: AbortOptions): Promise<void> {
  await files.write(pathIn(directory), JSON.stringify(state), { signal: options.signal });
}

function pathIn(directory: string): string {
  return `${directory}/state.json`;
}
