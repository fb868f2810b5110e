import type { BackupRepository } from '@oh/backup';
import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `backup cat`. */
export interface CatBackupOptions extends BackupOptions {
  readonly snapshot: string;
}

/** Writes the bytes of a file of a snapshot to the standard output, as they are, no faster than they are taken. */
export async function catBackup(context: CliContext, url: string, path: string, options: CatBackupOptions): Promise<void> {
  if (context.json) {
    throw new UsageError('"backup cat" writes the bytes of a file as they are; leave out --json');
  }
  const { signal } = context;
  const { repository } = await openRepository(context, url, options);
  try {
    for await (const part of repository.read(options.snapshot, path, { signal })) {
      await context.output.write(part);
    }
  } catch (error) {
    if (hasErrorCode(error, 'not-found') && (await isDirectory(repository, path, options.snapshot, signal))) {
      const message = `${JSON.stringify(path)} is a directory; use "backup ls" to see what is in it`;
      throw new FileStoreError('invalid-argument', message, { path });
    }
    throw error;
  }
}

async function isDirectory(repository: BackupRepository, path: string, snapshot: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _ of repository.entries(snapshot, { path, signal })) {
      return true;
    }
    return false;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return false;
    }
    throw error;
  }
}
