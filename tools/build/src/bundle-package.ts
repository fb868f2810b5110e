import { existsSync } from 'node:fs';
import { glob, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The oldest Node that the packages support. */
const target = 'node22.19';

/** The part of a package.json that names the entries. */
interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly '@oh/source'?: string }>>;
}

/**
 * Bundles the sources of the package in `directory` into its `dist`: a module for each entry, with a source map.
 *
 * @throws {Error} What does not resolve or parse.
 */
export async function bundlePackage(directory: string): Promise<void> {
  const dist = join(directory, 'dist');
  for await (const stale of glob('**/*.js{,.map}', { cwd: dist })) {
    await rm(join(dist, stale));
  }
  const entryPoints = await findEntries(directory);
  await build({
    absWorkingDir: directory,
    entryPoints,
    outbase: 'src',
    outdir: 'dist',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}

async function findEntries(directory: string): Promise<string[]> {
  const { exports } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.values(exports).flatMap((value) => (typeof value === 'object' ? (value['@oh/source'] ?? []) : []));
  const bin = './src/bin.ts';
  return existsSync(join(directory, bin)) ? [...entries, bin] : entries;
}

if (import.meta.main) {
  await bundlePackage(process.cwd());
}
