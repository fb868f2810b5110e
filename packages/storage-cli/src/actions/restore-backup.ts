import type { Restoration } from '@oh/backup';
import { FileStoreError, withPrefix } from '@oh/file-store-core';
import { toDamageErrors } from '../backup/damage-errors.ts';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import { showProgress } from '../backup/show-progress.ts';
import { toUnreadableErrors } from '../backup/unreadable-errors.ts';
import type { CliContext } from '../cli-context.ts';
import type { FilterPatterns } from '../filter/path-filter.ts';
import { readFilter } from '../filter/read-filter.ts';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { toJsonLine } from '../to-json-line.ts';
import { noteLostMetadata } from './run-transfer.ts';

/** Options of `backup restore`. */
export interface RestoreBackupOptions extends BackupOptions, FilterPatterns {
  readonly snapshot: string;
  readonly path?: string | undefined;
  readonly overwrite?: boolean | undefined;
}

/** Brings the files of a snapshot back. @throws {AggregateError} With what is lost and what was left, when all else is restored. */
export async function restoreBackup(context: CliContext, url: string, toUrl: string, options: RestoreBackupOptions): Promise<void> {
  const { location, repository } = await openRepository(context, url, options);
  const to = await context.locations.open(toUrl, 'directory');
  if (`${to.address}/`.startsWith(`${location.address}/`)) {
    // Its own files could be written over, and every snapshot be lost.
    throw new FileStoreError('invalid-argument', `${JSON.stringify(toUrl)} lies in the repository`, { path: to.path });
  }
  if ((await inspect(to, { signal: context.signal })).kind === 'file') {
    throw new FileStoreError('invalid-argument', `${JSON.stringify(toUrl)} is a file; a backup is restored into a directory`, {
      path: to.path,
    });
  }
  const target = to.path === '' ? to.store : withPrefix(to.store, to.path);
  const { snapshot, path, overwrite } = options;
  const kept = new KeptFiles(location, to);
  const leavesOut = await readFilter(options);
  const exclude = (file: string): boolean => leavesOut?.(file) === true || kept.keeps(file);
  const restored = await showProgress(context, 'restoring', (view) =>
    repository.restore(snapshot, target, { path, exclude, overwrite, ...view }),
  );
  const restoration = { ...restored, refused: [...restored.refused, ...kept.refused] };
  await context.output.write(context.json ? toJsonLine(toResult(restoration)) : describe(restoration));
  if (restoration.withoutMetadata > 0) {
    noteLostMetadata(context, toUrl);
  }
  const errors = toErrors(restoration);
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}

/** What of a snapshot would lie in the repository that it is read from: written over, all snapshots could be lost. */
class KeptFiles {
  /** Those that were met. */
  readonly refused: Restoration['refused'][number][] = [];
  readonly #inside: string | undefined;

  /** @param to Where the snapshot is restored, which may be around the repository. */
  constructor(repository: Location, to: Location) {
    const [outer, inner] = [`${to.address}/`, `${repository.address}/`];
    this.#inside = inner.startsWith(outer) ? inner.slice(outer.length) : undefined;
  }

  /** Whether a file, by its path in the snapshot, is one of them. */
  keeps(path: string): boolean {
    const isKept = this.#inside !== undefined && `${path}/`.startsWith(this.#inside);
    if (isKept) {
      const message = `${JSON.stringify(path)} would lie in the repository itself, and was left; restore it elsewhere`;
      this.refused.push({ path, error: new FileStoreError('path-conflict', message, { path }) });
    }
    return isKept;
  }
}

function toResult({ snapshot, restored, present, conflicts, lost, refused, unreadable }: Restoration) {
  return {
    snapshot: snapshot.id,
    restored,
    present,
    conflicts,
    lost: lost.map(({ path, error }) => ({ path, code: error.code, message: error.message })),
    refused: refused.map(({ path, error }) => ({ path, code: error.code, message: error.message })),
    unreadable: unreadable.map(({ after, error }) => ({ after, code: error.code, message: error.message })),
  };
}

function describe({ snapshot, restored, present, conflicts, lost, refused, unreadable }: Restoration): string {
  const wrong = [
    `${conflicts.length} left as they are`,
    `${lost.length} lost`,
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
  ];
  const parts = [
    `${restored} restored`,
    `${present} there already`,
    ...(conflicts.length + lost.length + refused.length + unreadable.length > 0 ? wrong : []),
  ];
  return `snapshot ${snapshot.id.slice(0, 12)}: ${parts.join(', ')}\n`;
}

function toErrors({ conflicts, lost, refused, unreadable }: Restoration): readonly FileStoreError[] {
  return [
    ...conflicts.map((path) => {
      const message = `${JSON.stringify(path)} is there with other contents and was left; --overwrite replaces it`;
      return new FileStoreError('already-exists', message, { path });
    }),
    ...refused.map(({ error }) => error),
    ...lost.map(({ path, error }) => new FileStoreError(error.code, `${JSON.stringify(path)} is lost`, { path, cause: error })),
    ...toUnreadableErrors(unreadable),
    ...toDamageErrors([...unreadable, ...lost].map(({ error }) => error)),
  ];
}
