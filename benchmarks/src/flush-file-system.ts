import { runCommand } from './run-command.ts';

/** Waits until the disk has all that is dirty on the file system of `directory`. Only on Linux; elsewhere nothing is done. */
export async function flushFileSystem(directory: string): Promise<void> {
  if (process.platform === 'linux') {
    await runCommand('sync', '-f', directory);
  }
}
