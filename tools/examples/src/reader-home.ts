import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { copyOpenHandsHome } from '@oh-tools/fixtures';
import { workspaceRoot } from './workspace.ts';

/** When the files of the sample folder were changed, as the documents show it: a checkout has times of its own. */
const sampleTime = new Date('2025-07-12T10:00:00Z');

/** The computer of a reader: an empty home directory with the sample folder as `openhands`, and the command `oh-storage`. */
export interface ReaderHome extends AsyncDisposable {
  readonly directory: string;
  /** The whole environment of what the reader runs. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a home directory that is removed on disposal. @param variables Added to the environment. */
export async function makeReaderHome(variables: Readonly<Record<string, string>> = {}): Promise<ReaderHome> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'oh-documents-')));
  const [directory, bin] = [join(root, 'me'), join(root, 'bin')];
  await Promise.all([mkdir(directory), mkdir(bin)]);
  await symlink(join(workspaceRoot, 'packages/storage-cli/bin/oh-storage.js'), join(bin, 'oh-storage'));
  // GitHub's command line, with which a document gets a token.
  await writeFile(join(bin, 'gh'), '#!/bin/sh\necho ghp_0123456789\n', { mode: 0o755 });
  await copySample(join(directory, 'openhands'));
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
  return {
    directory,
    env: { HOME: directory, PATH: path, LANG: 'C.UTF-8', ...variables },
    [Symbol.asyncDispose]: async () => await rm(root, { recursive: true, force: true }),
  };
}

async function copySample(directory: string): Promise<void> {
  await copyOpenHandsHome(directory);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    await chmod(path, entry.isDirectory() ? 0o755 : 0o644);
    await utimes(path, sampleTime, sampleTime);
  }
}
