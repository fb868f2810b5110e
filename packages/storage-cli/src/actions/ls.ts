import type { FileEntry } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { formatEntry } from '../format-entry.ts';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { relativePath } from '../locations/relative-path.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `ls`. */
export interface LsOptions {
  /** All files below the location, and no directories. */
  readonly recursive?: boolean | undefined;
  /** At most so many entries. */
  readonly limit?: number | undefined;
}

/** Lists a directory, or shows a file, line by line as the store answers. */
export async function ls(context: CliContext, url: string, options: LsOptions): Promise<void> {
  const location = await context.locations.open(url);
  const formatLine = context.json ? toJsonLine : formatEntry;
  for await (const entry of entriesAt(location, options, context.signal)) {
    await context.output.write(formatLine(entry));
  }
}

/** The entries with paths relative to the location. */
async function* entriesAt(location: Location, options: LsOptions, signal: AbortSignal): AsyncGenerator<FileEntry, void, undefined> {
  const found = await inspect(location, { signal });
  if (found.kind === 'missing') {
    throw notFoundError(location);
  }
  if (found.kind === 'file') {
    const { size, version, modifiedAt } = found.info;
    yield { kind: 'file', path: location.name, size, version, modifiedAt };
    return;
  }
  const { recursive, limit } = options;
  for await (const entry of location.store.entries(location.path, { recursive, limit, signal })) {
    yield { ...entry, path: relativePath(entry.path, location.path) };
  }
}
