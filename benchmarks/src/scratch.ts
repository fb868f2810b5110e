import { access, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** Sparse; it has room for the inodes of the longest listing and the largest turn together. */
const imageBytes = 8 * 1024 ** 3;

/** A directory to measure in; disposing of it leaves nothing behind. */
export interface Scratch extends AsyncDisposable {
  readonly directory: string;
  /** The file system, in words. */
  readonly description: string;
}

/**
 * Makes an ext4 in a file and mounts it by a loop device; where that cannot be, or `directory` is given, a plain directory.
 *
 * @param directory Where to measure without an image. Default: an image, and without one the directory for temporary files.
 */
export async function makeScratch(directory: string | undefined): Promise<Scratch> {
  const parent = await mkdtemp(join(directory ?? tmpdir(), 'oh-benchmark-'));
  try {
    const obstacle = directory === undefined ? await findObstacle() : 'as asked by --directory';
    return obstacle === undefined ? await mountImage(parent) : plainDirectory(parent, obstacle);
  } catch (error) {
    await rm(parent, { recursive: true });
    throw error;
  }
}

/** Why no image can be mounted here. */
async function findObstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) {
    return 'no ext4 image: it needs root';
  }
  try {
    await access('/dev/loop-control');
    await runCommand('mkfs.ext4', '-V');
    return undefined;
  } catch (error) {
    return `no ext4 image: ${error instanceof Error ? error.message : error}`;
  }
}

async function mountImage(parent: string): Promise<Scratch> {
  const image = join(parent, 'ext4.img');
  const directory = join(parent, 'ext4');
  await mkdir(directory);
  await using file = await open(image, 'wx');
  await file.truncate(imageBytes);
  await runCommand('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
  await runCommand('mount', '-o', 'loop', image, directory);
  return {
    directory,
    description: 'ext4 in a file, mounted by a loop device',
    async [Symbol.asyncDispose]() {
      await unmount(directory);
      await rm(parent, { recursive: true });
    },
  };
}

/** Unmounts at once or, where a process that was just ended still holds it, as soon as that has let go. */
async function unmount(directory: string): Promise<void> {
  await runCommand('umount', '--lazy', directory);
}

function plainDirectory(directory: string, reason: string): Scratch {
  return {
    directory,
    description: `the file system of ${directory} (${reason})`,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
