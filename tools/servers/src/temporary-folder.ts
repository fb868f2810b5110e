import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder for a server's data. */
export async function makeTemporaryFolder(name: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `oh-${name}-`));
}

/** Removes a folder and what is in it. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
