import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';

/** Runs a program to its end; mkfs and mount are found where they are not in the user's path. @throws {Error} With what it said, when it failed. */
export async function runCommand(command: string, ...args: readonly string[]): Promise<void> {
  const path = [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter);
  await promisify(execFile)(command, args, { env: { ...process.env, PATH: path } });
}
