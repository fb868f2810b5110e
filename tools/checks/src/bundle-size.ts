import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readWorkspacePackages, type WorkspacePackage } from './workspace-package.ts';

/** What a consumer's bundle gains from the main entry of a package, without the package's dependencies. */
export interface BundleSize {
  readonly name: string;
  readonly minifiedBytes: number;
  /** At level 9. */
  readonly gzippedBytes: number;
}

/**
 * Bundles and measures the built main entry of every package that is published.
 *
 * @throws {Error} when one is not built.
 */
export async function measureBundles(workspaceRoot: string): Promise<BundleSize[]> {
  const published = readWorkspacePackages(workspaceRoot).filter(({ manifest }) => manifest.private !== true);
  return await Promise.all(published.map(measureBundle));
}

async function measureBundle({ directory, folder, manifest }: WorkspacePackage): Promise<BundleSize> {
  const entry = join(directory, 'dist/index.js');
  if (!existsSync(entry)) {
    throw new Error(`${folder} is not built: run npm run build`);
  }
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    minify: true,
    write: false,
    logLevel: 'error',
  });
  const contents = Buffer.concat(outputFiles.map((file) => file.contents));
  return { name: manifest.name, minifiedBytes: contents.length, gzippedBytes: gzipSync(contents, { level: 9 }).length };
}
