import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { FileStoreError, raceAbort } from '@oh/file-store-core';
import type { CliIo } from './cli-io.ts';

/** What stands for the standard input. */
export const standardInput = '-';

/**
 * Opens a file of this computer that is read whole, or the standard input. Whoever opens it destroys it: what is open, and perhaps silent, keeps the process alive.
 *
 * @param file A path, from the working directory; `-` is the standard input.
 * @param advice What to do with a directory instead.
 * @throws {FileStoreError} `invalid-argument` for a directory. @throws The reason of the signal. @throws {Error} What the system says of a file that cannot be opened.
 */
export async function openInput(io: CliIo, file: string, advice: string): Promise<Readable> {
  if (file === standardInput) {
    return io.stdin;
  }
  const opening = open(resolve(io.cwd, file));
  // A pipe is open when somebody writes to it, and that may be never.
  const opened = await raceAbort(opening, io.signal).catch((error: unknown) => {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  });
  if ((await opened.stat()).isDirectory()) {
    await opened.close();
    throw new FileStoreError('invalid-argument', `${JSON.stringify(file)} is a directory; ${advice}`);
  }
  return opened.createReadStream();
}
