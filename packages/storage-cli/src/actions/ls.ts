import type { FileEntry, FileStoreError } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { formatEntry } from '../format-entry.ts';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { listPassingOver } from '../transfer/list-passing-over.ts';
import { relativePath } from '../transfer/relative-path.ts';

/** Options of `ls`. */
export interface LsOptions {
  /** All files below the location, and no directories. */
  readonly recursive?: boolean | undefined;
  /** At most so many entries. */
  readonly limit?: number | undefined;
}

/**
 * Lists a directory, or shows a file, line by line as the store answers. A directory below it that may not be read hides nothing else.
 *
 * @throws {AggregateError} Of all directories that may not be read.
 */
export async function ls(context: CliContext, url: string, options: LsOptions): Promise<void> {
  const location = await context.locations.open(url);
  const formatLine = context.json ? toJsonLine : formatEntry;
  const errors: FileStoreError[] = [];
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for await (const entry of entriesAt(location, options, errors, context.signal)) {
    await context.output.write(formatLine(entry));
    left -= 1;
    if (left <= 0) {
      break;
    }
  }
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}

/** The entries with paths relative to the location. @param errors Gets those of directories that may not be read. */
async function* entriesAt(
  location: Location,
  options: LsOptions,
  errors: FileStoreError[],
  signal: AbortSignal,
): AsyncGenerator<FileEntry, void, undefined> {
  const found = await inspect(location, { signal });
  if (found.kind === 'missing') {
    throw notFoundError(location);
  }
  if (found.kind === 'file') {
    const { size, version, modifiedAt } = found.info;
    yield { kind: 'file', path: location.name, size, version, modifiedAt };
    return;
  }
  const { store, path } = location;
  const entries =
    options.recursive === true
      ? listPassingOver({ store, path, onClosed: (_, error) => errors.push(error) }, { signal })
      : store.entries(path, { limit: options.limit, signal });
  for await (const entry of entries) {
    yield { ...entry, path: relativePath(entry.path, path) };
  }
}
