import { formatSize } from '../format-size.ts';
import { formatTime } from '../format-time.ts';
import { listPassingOver } from '../transfer/list-passing-over.ts';
import type { DoctorParts } from './doctor-parts.ts';
import { quarantine } from './quarantine.ts';

/** How OpenHands names a file that it is about to rename: the process, then a thread or random digits. */
const temporaryName = /\.tmp\.\d+\.[0-9a-f]+$/;

/** How long a write may take, in milliseconds. */
const staleMs = 60 * 60 * 1000;

/** Finds the temporary files of programs that were killed. Those of the local store itself go when it is opened. */
export async function checkTemporaryFiles(parts: DoctorParts): Promise<void> {
  // Of directories that may not be read the permissions tell.
  const place = { store: parts.files, path: '', onClosed: () => undefined };
  for await (const entry of listPassingOver(place, parts)) {
    const { path } = entry;
    if (temporaryName.test(path) && !path.startsWith('.oh-quarantine/')) {
      const age = parts.now.getTime() - entry.modifiedAt.getTime();
      if (age > staleMs) {
        await parts.report({
          severity: 'warning',
          check: 'temporary-files',
          path,
          message: `a program that was writing it has not ended its work (${formatSize(entry.size)}, of ${formatTime(entry.modifiedAt)})`,
          advice: 'look whether it holds something of worth; --fix moves it to .oh-quarantine/',
          fix: () => quarantine(path, parts),
        });
      }
    }
  }
}
