import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { CliContext } from './cli-context.ts';
import { findTarget } from './locations/find-target.ts';

/** What stands for the standard output. */
const standardOutput = '-';

/**
 * Writes what is exported to a new file of this computer, whole or not at all, or to the standard output.
 *
 * @param file A path; `-` is the standard output. A directory gets the file `name`.
 * @throws {FileStoreError} `already-exists`: nothing is written over.
 */
export async function writeExport(context: CliContext, file: string, name: string, contents: AsyncIterable<Uint8Array>): Promise<void> {
  if (file === standardOutput) {
    for await (const chunk of contents) {
      await context.output.write(chunk);
    }
    return;
  }
  const { signal } = context;
  const location = await context.locations.open(`local:${file}`);
  const target = await findTarget(location, name, { signal });
  try {
    await location.store.write(target.path, contents, { ifAbsent: true, signal });
  } catch (error) {
    throw hasErrorCode(error, 'already-exists') ? alreadyThere(file, target.path) : error;
  }
}

function alreadyThere(file: string, path: string): FileStoreError {
  return new FileStoreError('already-exists', `${JSON.stringify(file)} is already there, and nothing is written over; name another file`, {
    path,
  });
}
