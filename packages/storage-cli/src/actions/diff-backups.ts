import type { SnapshotChange } from '@oh/backup';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import { sizeWidth } from '../format-entry.ts';
import { formatSize } from '../format-size.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Files of one kind of change. */
interface Sum {
  files: number;
  bytesBefore: number;
  bytesAfter: number;
}

/** Shows what one snapshot has otherwise than another. */
export async function diffBackups(context: CliContext, url: string, before: string, after: string, options: BackupOptions): Promise<void> {
  const { signal } = context;
  const { repository } = await openRepository(context, url, options);
  const sums = { added: noFiles(), removed: noFiles(), changed: noFiles() };
  for await (const change of repository.diff(before, after, { signal })) {
    await context.output.write(context.json ? toJsonLine(change) : formatChange(change));
    const sum = sums[change.change];
    sum.files += 1;
    sum.bytesBefore += change.before?.size ?? 0;
    sum.bytesAfter += change.after?.size ?? 0;
  }
  await context.output.write(context.json ? toJsonLine(sums) : describe(sums));
}

function noFiles(): Sum {
  return { files: 0, bytesBefore: 0, bytesAfter: 0 };
}

function formatChange({ change, path, before, after }: SnapshotChange): string {
  const sizes = [before, after].map((file) => String(file?.size ?? '-').padStart(sizeWidth));
  return `${[change.padEnd('changed'.length), ...sizes, escapeControl(path)].join('  ')}\n`;
}

function describe({ added, removed, changed }: Readonly<Record<SnapshotChange['change'], Sum>>): string {
  const parts = [
    `${added.files} added (${formatSize(added.bytesAfter)})`,
    `${removed.files} removed (${formatSize(removed.bytesBefore)})`,
    `${changed.files} changed (${formatSize(changed.bytesBefore)} before, ${formatSize(changed.bytesAfter)} after)`,
  ];
  return `${parts.join(', ')}\n`;
}
