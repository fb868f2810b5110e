import { statfsSync } from 'node:fs';

/**
 * File systems of this machine's own disks and memory, by the type that Linux gives them.
 *
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const localTypes: ReadonlySet<bigint> = new Set([
  // ext2, ext3 and ext4; xfs; btrfs; tmpfs; overlayfs; zfs; f2fs.
  0xef53n,
  0x58465342n,
  0x9123683en,
  0x01021994n,
  0x794c7630n,
  0x2fc12fc1n,
  0xf2f52010n,
]);

/**
 * Whether closing a file tells nothing that writing it has not told, and nobody else sees it only then, as on a network file system.
 *
 * @returns False where that is not known.
 */
export function isOnLocalFileSystem(file: string, platform: NodeJS.Platform = process.platform): boolean {
  try {
    return platform === 'linux' && localTypes.has(statfsSync(file, { bigint: true }).type);
  } catch {
    return false;
  }
}
