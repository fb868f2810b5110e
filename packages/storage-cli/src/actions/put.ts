import { basename } from 'node:path';
import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import { findTarget } from '../locations/find-target.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import { openInput, standardInput } from '../open-input.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `put`. */
export interface PutOptions {
  /** Only when no file is there. */
  readonly ifAbsent?: boolean | undefined;
  /** Only when the file has this version. */
  readonly ifVersion?: string | undefined;
}

/** Writes a file of the local disk, or the standard input, to a location and shows the new version. */
export async function put(context: CliContext, url: string, file: string, { ifAbsent, ifVersion }: PutOptions): Promise<void> {
  const { signal } = context;
  const location = await context.locations.open(url);
  const target = await findTarget(location, file === standardInput ? '' : basename(file), { signal });
  if (target.isDirectory) {
    throw isDirectoryError(location, 'say what the file in it is to be called');
  }
  const source = await openInput(context.io, file, `copy it with cp --recursive ${JSON.stringify(`local:${file}`)}`);
  try {
    const { path: _, ...info } = await location.store.write(target.path, source, { ifAbsent, ifVersion, signal });
    await context.output.write(context.json ? toJsonLine({ url: location.url, ...info }) : `${escapeControl(info.version)}\n`);
  } finally {
    source.destroy();
  }
}
