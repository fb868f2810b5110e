import { readdirSync, readlinkSync } from 'node:fs';

/** Which files below a directory this process has open, on Linux; those that were removed too. */
export function openPathsBelow(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      // It was that of the listing.
      return [];
    }
  });
}
