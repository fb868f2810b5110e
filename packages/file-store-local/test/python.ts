import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where to look: what CI installs, the Python of the shell, and that of the system, for which distributions have packages. */
const candidates = [
  fileURLToPath(new URL('../../../node_modules/.cache/python/bin/python', import.meta.url)),
  'python3',
  '/usr/bin/python3',
];

function canLock(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import fcntl, filelock'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A Python with `fcntl` and the package `filelock`; `undefined` where there is none. */
export const python: string | undefined = candidates.find(canLock);
