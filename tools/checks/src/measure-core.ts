import { resolve } from 'node:path';
import { type BundleSize, measureBundles } from './bundle-size.ts';
import { workspaceRoot } from './workspace-root.ts';

const corePackage = '@oh/file-store-core';

/** What the core may weigh at most, so that depending on it is no question; compare with `gzip -9`. */
const maxCoreBytes = 12_000;

/**
 * Prints what every package weighs without its dependencies; exit code 1 when the core weighs too much or was not measured.
 * Usage: `node measure-core.ts [workspace]`; default: this repository.
 */
async function main(root: string): Promise<number> {
  const sizes = await measureBundles(root);
  for (const line of formatSizes(sizes)) {
    console.log(line);
  }
  const core = sizes.find(({ name }) => name === corePackage);
  if (core === undefined) {
    console.error(`size: ${corePackage} was not found, so nothing was checked`);
    return 1;
  }
  const isLight = core.gzippedBytes <= maxCoreBytes;
  console.log(`size: ${corePackage} is ${core.gzippedBytes} bytes gzipped, ${isLight ? 'within' : 'OVER'} its limit of ${maxCoreBytes}`);
  return isLight ? 0 : 1;
}

function formatSizes(sizes: readonly BundleSize[]): string[] {
  const width = Math.max(...sizes.map(({ name }) => name.length));
  const row = (name: string, minified: string, gzipped: string): string =>
    name.padEnd(width) + minified.padStart(10) + gzipped.padStart(10);
  return [
    row('bytes', 'minified', 'gzipped'),
    ...sizes.map(({ name, minifiedBytes, gzippedBytes }) => row(name, String(minifiedBytes), String(gzippedBytes))),
  ];
}

process.exitCode = await main(process.argv[2] === undefined ? workspaceRoot : resolve(process.argv[2]));
