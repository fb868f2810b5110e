import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A server written in Go, built from source at one version. */
export interface GoModule {
  /** Of the program, too. */
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

/** The last state of MinIO's source: its releases are no module versions. */
export const minioModule: GoModule = { name: 'minio', path: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c' };

/** @see https://github.com/fsouza/fake-gcs-server */
export const fakeGcsModule: GoModule = { name: 'fake-gcs-server', path: 'github.com/fsouza/fake-gcs-server', version: 'v1.56.1' };

const cache = fileURLToPath(new URL('../.cache/', import.meta.url));

/** The folder of a module's program; another version lies in another folder. */
export function folderOf({ name, version }: GoModule): string {
  return join(cache, `${name}@${version}`);
}

/** The program of a module, whether it is there or not. */
export function programOf(module: GoModule): string {
  return join(folderOf(module), process.platform === 'win32' ? `${module.name}.exe` : module.name);
}

/** Whether a module's program is built. */
export function hasProgram(module: GoModule): boolean {
  return existsSync(programOf(module));
}

/** Whether Go is there to build with. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}
