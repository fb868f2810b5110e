import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/**
 * Refuses a configuration that merely lies in the working directory when somebody else may have written it: it says where data and secrets go. One that is missing,
 * or cannot be looked at, is left to who reads it.
 *
 * It may belong to the user and to root, and be written by nobody else; of groups, root's counts, and that of the user alone, which has the user's number. On
 * Windows that is not looked at. It is a file: reading a pipe would wait for ever.
 *
 * @throws {UsageError} With what to say when it is meant.
 */
export async function checkTrusted(path: string): Promise<void> {
  const found = await Promise.all([lstat(path), stat(path)]).catch(() => undefined);
  if (found === undefined) {
    return;
  }
  const [link, file] = found;
  const what = describeRisk(link, file);
  if (what !== undefined) {
    const name = JSON.stringify(path);
    throw new UsageError(
      `${name} ${what}, and says where data lies; if it is meant, say so with --config ${name}, else name the store with --store`,
    );
  }
}

function describeRisk(link: Stats, file: Stats): string | undefined {
  if (!file.isFile() && !file.isDirectory()) {
    return 'is a pipe, socket or device';
  }
  const userId = process.getuid?.();
  if (userId === undefined) {
    return undefined;
  }
  const trusted = [userId, 0];
  const owner = [link.uid, file.uid].find((uid) => !trusted.includes(uid));
  if (owner !== undefined) {
    return `belongs to another user (${owner})`;
  }
  const isWritable = (file.mode & 0o002) !== 0 || ((file.mode & 0o020) !== 0 && !trusted.includes(file.gid));
  return isWritable ? `may be written by others (mode ${(file.mode & 0o777).toString(8)})` : undefined;
}
