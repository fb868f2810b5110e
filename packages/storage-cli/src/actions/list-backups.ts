import type { Snapshot } from '@oh/backup';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { formatSize } from '../format-size.ts';
import { formatTable } from '../format-table.ts';
import { formatTime } from '../format-time.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Lists the snapshots of a repository. @throws {AggregateError} With what cannot be read, when the others are listed. */
export async function listBackups(context: CliContext, url: string, options: BackupOptions): Promise<void> {
  const { repository } = await openRepository(context, url, options);
  const { snapshots, unreadable } = await repository.list({ signal: context.signal });
  if (context.json) {
    for (const snapshot of snapshots) {
      await context.output.write(toJsonLine(snapshot));
    }
  } else if (snapshots.length > 0) {
    const head = ['snapshot', 'created', 'files', 'size', 'stored', 'source'];
    await context.output.write(await formatTable(snapshots.map(toRow), { head, columns: context.io.columns }));
  }
  if (unreadable.length > 0) {
    throw new AggregateError(unreadable.map(({ error }) => error));
  }
}

function toRow({ id, createdAt, files, bytes, storedBytes, source }: Snapshot): string[] {
  return [id.slice(0, 12), formatTime(createdAt), `${files}`, formatSize(bytes), formatSize(storedBytes), source];
}
