import type { Verification, VerifyLevel } from '@oh/backup';
import { FileStoreError } from '@oh/file-store-core';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import { showProgress } from '../backup/show-progress.ts';
import type { CliContext } from '../cli-context.ts';
import { formatCount } from '../format-count.ts';
import { formatSize } from '../format-size.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `backup verify`. */
export interface VerifyBackupsOptions extends BackupOptions {
  readonly level?: VerifyLevel | undefined;
}

/** Looks for damage. @throws {AggregateError} With all that is damaged, and all that is lost with it. */
export async function verifyBackups(context: CliContext, url: string, options: VerifyBackupsOptions): Promise<void> {
  const { repository } = await openRepository(context, url, options);
  const found = await showProgress(context, 'verifying', (view) => repository.verify({ level: options.level, ...view }));
  await context.output.write(context.json ? toJsonLine(toResult(found)) : describe(found));
  if (!found.isSound) {
    const lost = found.lost.map(({ snapshot, path, error }) => {
      const what = path === undefined ? 'a part of the list of files' : JSON.stringify(path);
      return new FileStoreError(error.code, `${what} of snapshot ${snapshot.slice(0, 12)} is lost`, { path, cause: error });
    });
    throw new AggregateError([...found.damaged, ...lost]);
  }
}

function toResult({ damaged, lost, ...counts }: Verification) {
  return {
    ...counts,
    damaged: damaged.map(({ path, code, message }) => ({ path, code, message })),
    lost: lost.map(({ snapshot, path, error }) => ({ snapshot, path, message: error.message })),
  };
}

function describe({ isSound, snapshots, packs, checkedPacks, checkedBytes, lost }: Verification): string {
  const checked = `${formatCount(snapshots, 'snapshot')}, ${checkedPacks} of ${formatCount(packs, 'pack')} read (${formatSize(checkedBytes)})`;
  return isSound ? `sound: ${checked}\n` : `damaged: ${checked}; ${formatCount(lost.length, 'file')} of snapshots lost\n`;
}
