import { spawnSync } from 'node:child_process';

/** mkfs and mount are here, but not in everybody's path. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** Runs a program to its end. @returns What it printed. @throws {Error} With what it said, when it failed. */
export function runCommand(command: string, ...args: readonly string[]): string {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env });
  if (error !== undefined || status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? (stderr.trim() || `exit ${status ?? signal}`)}`);
  }
  return stdout;
}

/** Whether a program can be found. */
export function hasCommand(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { env }).status === 0;
}
