import { type ByteRange, hasErrorCode, type OpenFile } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { inspect } from '../locations/inspect.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `cat`. */
export interface CatOptions {
  /** The part to write. Default: the whole file. */
  readonly range?: ByteRange | undefined;
}

/** Writes a file's bytes to the standard output, as they are, no faster than they are taken. */
export async function cat(context: CliContext, url: string, options: CatOptions): Promise<void> {
  if (context.json) {
    throw new UsageError('"cat" writes the bytes of a file as they are; leave out --json');
  }
  const location = await context.locations.open(url);
  const file = await openFile(location, options, context.signal);
  try {
    for await (const chunk of file.stream()) {
      await context.output.write(chunk);
    }
  } finally {
    await file.close();
  }
}

async function openFile(location: Location, { range }: CatOptions, signal: AbortSignal): Promise<OpenFile> {
  if (location.path === '' || location.wantsDirectory) {
    throw await noFileError(location, signal);
  }
  try {
    return await location.store.open(location.path, { range, signal });
  } catch (error) {
    throw hasErrorCode(error, 'not-found') ? await noFileError(location, signal) : error;
  }
}

async function noFileError(location: Location, signal: AbortSignal): Promise<Error> {
  const { kind } = await inspect(location, { signal });
  return kind === 'directory' ? isDirectoryError(location, 'use "ls" to see what is in it') : notFoundError(location);
}
