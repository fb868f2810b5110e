import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../run-command.ts';
import { packageVersions } from '../versions.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** Packs packages of ours as they would be published, each built. @returns The path of each one's tarball. */
export async function packPackages(names: readonly string[], directory: string): Promise<ReadonlyMap<string, string>> {
  await runCommand('nx', 'run-many', '--target=build', `--projects=${names.join()}`);
  const tarballs = new Map<string, string>();
  for (const name of names) {
    const folder = join(repository, 'packages', name.replace('@oh/', ''));
    await runCommand('npm', 'pack', folder, '--silent', '--pack-destination', directory);
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
    tarballs.set(name, join(directory, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
  }
  return tarballs;
}

/** Installs packages in an empty folder, as an application would; no install scripts are run. @throws {Error} npm failed. */
export async function installPackages(packages: readonly string[], tarballs: ReadonlyMap<string, string>, folder: string): Promise<void> {
  const versions = packageVersions();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'one-backend', version: '1.0.0', private: true, type: 'module' }));
  const wanted = packages.map((name) => tarballs.get(name) ?? (versions[name] === undefined ? name : `${name}@${versions[name]}`));
  await runCommand('npm', 'install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...wanted);
}
