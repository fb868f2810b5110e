import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** A package of this workspace that is published. */
export interface PublishedPackage {
  /** Absolute. */
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  /** The oldest Node that it says it runs on, in full: `22.19.0` for `>=22.19`. */
  readonly oldestNode: string;
  /** The oldest Bun. */
  readonly oldestBun: string;
}

const packagesDirectory = resolve(import.meta.dirname, '../../../packages');

/** Every folder of `packages` that is not private. */
export async function readPublishedPackages(): Promise<PublishedPackage[]> {
  const folders = await readdir(packagesDirectory);
  const packages = await Promise.all(folders.map((folder) => readManifest(join(packagesDirectory, folder))));
  return packages.filter((candidate) => !candidate.isPrivate).map(({ isPrivate: _, ...published }) => published);
}

async function readManifest(directory: string): Promise<PublishedPackage & { readonly isPrivate: boolean }> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    private?: boolean;
    engines?: { readonly node?: string; readonly bun?: string };
  };
  const { name, version, engines, private: isPrivate = false } = manifest;
  const oldest = (range: string | undefined): string => (isPrivate ? '' : toOldestVersion(name, range));
  return { directory, name, version, isPrivate, oldestNode: oldest(engines?.node), oldestBun: oldest(engines?.bun) };
}

function toOldestVersion(name: string, range = ''): string {
  const [, major, minor, patch = '0'] = /^>=(\d+)\.(\d+)(?:\.(\d+))?$/.exec(range) ?? [];
  if (major === undefined) {
    throw new Error(`${name} has to name the oldest Node and Bun that it runs on, such as ">=22.19", not ${JSON.stringify(range)}`);
  }
  return `${major}.${minor}.${patch}`;
}
