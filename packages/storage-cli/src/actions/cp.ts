import type { CliContext } from '../cli-context.ts';
import type { FilterPatterns } from '../filter/path-filter.ts';
import { readFilter } from '../filter/read-filter.ts';
import { isTerminal } from '../is-terminal.ts';
import { findTarget, type Target } from '../locations/find-target.ts';
import { inspect } from '../locations/inspect.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { FileCopier } from '../transfer/copy-file.ts';
import { copyFiles } from '../transfer/copy-files.ts';
import type { SyncResult } from '../transfer/sync-files.ts';
import { UsageError } from '../usage-error.ts';
import { checkApart } from './check-apart.ts';
import { checkReallyApart } from './check-really-apart.ts';
import { checkComplete, noteLostMetadata, runTransfer, tellLeftOut } from './run-transfer.ts';

/** Options of `cp`. */
export interface CpOptions extends FilterPatterns {
  /** Directories too, with everything below them. */
  readonly recursive?: boolean | undefined;
  /** Only where no file is yet. */
  readonly ifAbsent?: boolean | undefined;
  /** Most files under way at a time. Default: 16. */
  readonly concurrency?: number | undefined;
}

/**
 * Copies a file or a directory from one location to another, of any two stores, in bounded memory.
 *
 * @throws {TransferError} When files of a directory failed; each is named.
 */
export async function cp(context: CliContext, fromUrl: string, toUrl: string, options: CpOptions): Promise<void> {
  const { signal } = context;
  const from = await context.locations.open(fromUrl);
  const to = await context.locations.open(toUrl);
  const found = await inspect(from, { signal });
  if (found.kind === 'missing') {
    throw notFoundError(from);
  }
  if (found.kind === 'directory' && options.recursive !== true) {
    throw isDirectoryError(from, 'add --recursive to copy it with everything below it');
  }
  if (found.kind === 'file' && (options.exclude ?? options.include) !== undefined) {
    throw new UsageError(`${JSON.stringify(fromUrl)} is a file; --exclude and --include choose among the files of a directory`);
  }
  const target = await findTarget(to, from.name, { signal });
  checkApart(from, target, 'copied');
  const copied = await (found.kind === 'directory' ? copyDirectory : copyFile)(context, from, to, target, options);
  if (context.json) {
    await context.output.write(toJsonLine({ copied: copied.copied, bytes: copied.bytes, failed: copied.failed }));
  }
  checkComplete(copied);
}

/** What was copied. */
type Copied = Pick<SyncResult, 'copied' | 'bytes' | 'failed'>;

async function copyDirectory(context: CliContext, from: Location, to: Location, target: Target, options: CpOptions): Promise<Copied> {
  const source = { store: from.store, path: from.path, ignores: await readFilter(options) };
  const place = { store: to.store, path: target.path };
  await checkReallyApart(from, { ...place, url: to.url }, 'copied', context);
  const view = { label: 'copying', from: source, toUrl: to.url, isShown: !context.quiet && isTerminal(context.io.stderr) };
  const { ifAbsent, concurrency } = options;
  const copied = await runTransfer(context, view, (listener) =>
    copyFiles(source, place, { ...listener, ifAbsent, concurrency, signal: context.signal }),
  );
  return { ...copied, failed: copied.failed + tellLeftOut(context, from, source.ignores) };
}

async function copyFile(context: CliContext, from: Location, to: Location, target: Target, { ifAbsent }: CpOptions): Promise<Copied> {
  const copier = new FileCopier({ store: from.store, path: '' }, { store: to.store, path: '' });
  const { size } = await copier.copy(from.path, target.path, { condition: { ifAbsent }, signal: context.signal });
  if (copier.lostMetadata) {
    noteLostMetadata(context, to.url);
  }
  return { copied: 1, bytes: size, failed: 0 };
}
