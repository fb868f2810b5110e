import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** A package of this workspace that is published. */
export interface PublishedPackage {
  /** Absolute. */
  readonly directory: string;
  readonly name: string;
  readonly version: string;
}

const packagesDirectory = resolve(import.meta.dirname, '../../../packages');

/** Every folder of `packages` that is not private. */
export async function readPublishedPackages(): Promise<PublishedPackage[]> {
  const folders = await readdir(packagesDirectory);
  const packages = await Promise.all(folders.map((folder) => readManifest(join(packagesDirectory, folder))));
  return packages.filter((candidate) => !candidate.isPrivate).map(({ directory, name, version }) => ({ directory, name, version }));
}

async function readManifest(directory: string): Promise<PublishedPackage & { readonly isPrivate: boolean }> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    private?: boolean;
  };
  return { directory, name: manifest.name, version: manifest.version, isPrivate: manifest.private === true };
}
