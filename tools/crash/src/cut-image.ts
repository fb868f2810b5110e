import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from './run-command.ts';

/** The file systems that have the ioctl, and how each is made. */
export const makeFileSystem = {
  ext4: ['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0'],
  xfs: ['mkfs.xfs', '-q', '-f'],
} as const;

/** A file system whose power can be cut. */
export type FileSystemName = keyof typeof makeFileSystem;

/**
 * What a cut does before the file system stops, see `XFS_FSOP_GOING_FLAGS_*`: 0 writes everything, 1 only the journal, 2 nothing.
 *
 * @see https://man7.org/linux/man-pages/man2/ioctl_xfs_goingdown.2.html
 */
export const cutFlags = [0, 1, 2] as const;

/** mkfs.xfs makes nothing below 300 MiB; the file is sparse. */
const imageBytes = 512 * 1024 * 1024;

/** How often it is tried to let go of a file system, every 20 ms. */
const maxAttempts = 250;

/** `_IOR('X', 125, __u32)`: EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN. Node has no ioctl; every Debian has perl. */
const cutProgram =
  'use Fcntl; sysopen(my $d, $ARGV[0], O_RDONLY) or die $!; my $f = pack("L", $ARGV[1]); ioctl($d, 0x8004587D, $f) or die $!';

/** A file system in a file, mounted by a loop device. */
export class CutImage {
  /** Where it is mounted. */
  readonly directory: string;
  readonly #image: string;
  #isMounted = false;

  /** Makes the file system in `parent`, which must be there. */
  constructor(parent: string, fileSystem: FileSystemName) {
    this.directory = join(parent, fileSystem);
    this.#image = join(parent, `${fileSystem}.img`);
    mkdirSync(this.directory);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, imageBytes);
    const [command, ...args] = makeFileSystem[fileSystem];
    runCommand(command, ...args, this.#image);
  }

  /** Mounts it; after a cut the kernel replays the journal. */
  mount(): void {
    runCommand('mount', '-o', 'loop', this.#image, this.directory);
    this.#isMounted = true;
  }

  /** Stops the file system as a power cut would; when it returns nothing reaches the image any more. */
  cut(flag: number): void {
    runCommand('perl', '-e', cutProgram, this.directory, String(flag));
  }

  /** Unmounts it and waits until the kernel has let go of it: what was cut and is still in use somewhere would be mounted as it is, dead. */
  async unmount(): Promise<void> {
    await this.#retry(() => {
      if (this.#isMounted) {
        runCommand('umount', this.directory);
        this.#isMounted = false;
      }
      const devices = runCommand('losetup', '-j', this.#image);
      if (devices !== '') {
        throw new Error(`another mount namespace uses the file system: ${devices.trim()}`);
      }
    });
  }

  /** A process that was killed, or that looks at all mounts, may hold the file system a moment longer. */
  async #retry(action: () => void): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        action();
        return;
      } catch (error) {
        if (attempt >= maxAttempts) {
          throw error;
        }
        await delay(20);
      }
    }
  }
}
