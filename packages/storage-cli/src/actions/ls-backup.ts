import type { UnreadablePart } from '@oh/backup';
import { toDamageErrors } from '../backup/damage-errors.ts';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import { toUnreadableErrors } from '../backup/unreadable-errors.ts';
import type { CliContext } from '../cli-context.ts';
import { formatEntry } from '../format-entry.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `backup ls`. */
export interface LsBackupOptions extends BackupOptions {
  readonly snapshot: string;
  readonly recursive?: boolean | undefined;
}

/** Lists a directory of a snapshot, or shows a file, line by line. @throws {AggregateError} With what cannot be read, when all else is listed. */
export async function lsBackup(context: CliContext, url: string, path: string | undefined, options: LsBackupOptions): Promise<void> {
  const { signal } = context;
  const { snapshot, recursive } = options;
  const { repository } = await openRepository(context, url, options);
  const unreadable: UnreadablePart[] = [];
  const formatLine = context.json ? toJsonLine : formatEntry;
  const onUnreadable = (part: UnreadablePart): void => void unreadable.push(part);
  for await (const entry of repository.entries(snapshot, { path, recursive, onUnreadable, signal })) {
    await context.output.write(formatLine(entry));
  }
  if (unreadable.length > 0) {
    throw new AggregateError([...toUnreadableErrors(unreadable), ...toDamageErrors(unreadable.map(({ error }) => error))]);
  }
}
