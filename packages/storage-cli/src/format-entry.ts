import type { FileEntry, FileListEntry } from '@oh/file-store-core';
import { escapeControl } from './escape-control.ts';
import { formatTime } from './format-time.ts';

/** Width of a column of sizes in bytes. */
export const sizeWidth = 12;
const timeWidth = '2025-06-12T09:30:11Z'.length;

/** What is shown of a file. */
type ShownFile = Pick<FileListEntry, 'kind' | 'path' | 'size' | 'modifiedAt'>;

/** An entry of a listing as a line; its columns have a fixed width, so that the first line does not wait for the last. */
export function formatEntry(entry: ShownFile | Extract<FileEntry, { kind: 'directory' }>): string {
  const columns = entry.kind === 'file' ? fileColumns(entry) : ['-'.padStart(sizeWidth), '-'.padEnd(timeWidth)];
  return `${[...columns, escapeControl(entry.path)].join('  ')}\n`;
}

function fileColumns({ size, modifiedAt }: ShownFile): readonly string[] {
  return [String(size).padStart(sizeWidth), formatTime(modifiedAt)];
}
