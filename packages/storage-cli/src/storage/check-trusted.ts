import { lstat, stat } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/**
 * Refuses a configuration that merely lies in the working directory when somebody else may have written it: it says where data and secrets go.
 *
 * It may belong to the user and to root, and be written by nobody else; of groups, root's counts, and that of the user alone, which has the user's number. On
 * Windows nothing is looked at.
 *
 * @throws {UsageError} With what to say when it is meant.
 */
export async function checkTrusted(path: string): Promise<void> {
  const userId = process.getuid?.();
  if (userId === undefined) {
    return;
  }
  const trusted = [userId, 0];
  const [link, file] = await Promise.all([lstat(path), stat(path)]);
  const owner = [link.uid, file.uid].find((uid) => !trusted.includes(uid));
  const isWritable = (file.mode & 0o002) !== 0 || ((file.mode & 0o020) !== 0 && !trusted.includes(file.gid));
  if (owner !== undefined || isWritable) {
    const what =
      owner === undefined ? `may be written by others (mode ${(file.mode & 0o777).toString(8)})` : `belongs to another user (${owner})`;
    const name = JSON.stringify(path);
    throw new UsageError(
      `${name} ${what}, and says where data lies; if it is meant, say so with --config ${name}, else name the store with --store`,
    );
  }
}
