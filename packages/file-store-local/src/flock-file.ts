import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { type Flock, lockAtOnce, unlock } from './flock.ts';

/**
 * Takes the lock of a file if nobody has it, making the file when it is missing; it is never removed, and never written to.
 *
 * @returns What releases the lock; `undefined` when somebody has it, or when the file is no longer the one with the name: try again.
 * @throws The system's own error where the file cannot be opened or locked.
 */
export function tryFlockFile(absolute: string, flock: Flock): (() => void) | undefined {
  // Node opens with O_CLOEXEC: a child that inherited the descriptor would keep the lock.
  const fd = openSync(absolute, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  const release = (): void => {
    // Closing alone would leave the lock to a child that somebody handed the descriptor to.
    flock(fd, unlock);
    closeSync(fd);
  };
  let held = false;
  try {
    held = tryLock(fd, absolute, flock) && isNamed(absolute, fd);
    return held ? release : undefined;
  } finally {
    if (!held) {
      release();
    }
  }
}

function tryLock(fd: number, path: string, flock: Flock): boolean {
  const code = flock(fd, lockAtOnce);
  if (code === undefined) {
    return true;
  }
  if (code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR') {
    return false;
  }
  throw Object.assign(new Error(`${code}: flock ${JSON.stringify(path)}`), { code, syscall: 'flock', path });
}

/** Whether the path still names the file that is open: somebody may have replaced it between the opening and the lock. */
function isNamed(absolute: string, fd: number): boolean {
  const opened = fstatSync(fd, { bigint: true });
  const named = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  return named?.ino === opened.ino && named.dev === opened.dev;
}
