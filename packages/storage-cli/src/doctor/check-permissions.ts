import { access, chmod, constants, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStoreError } from '@oh/file-store-core';
import { listPassingOver } from '../transfer/list-passing-over.ts';
import type { DoctorParts } from './doctor-parts.ts';

/** What others on the same computer have no business with. */
const secretPath =
  /^(users\/[^/]+\/)?((settings|secrets|agent_settings|mcp)\.json.*|(secrets|auth|cloud|(agent-)?profiles|provider-connections)\/.*|\.jwt_secret|\.keys)$/;

/** Everything that the group and others may do. */
const othersMask = 0o077;

/** Looks whether a local store can be read and written, and whether its secrets can be read by others. */
export async function checkPermissions(parts: DoctorParts): Promise<void> {
  const { files, directory, report, signal } = parts;
  if (directory === undefined || process.platform === 'win32') {
    return;
  }
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    await report({
      severity: 'error',
      check: 'permissions',
      path: directory,
      message: `the directory cannot be read and written: ${(error as NodeJS.ErrnoException).code}`,
      advice: 'give it to the user that the server runs as, with chown',
    });
  }
  const closed: FileStoreError[] = [];
  for await (const { path } of listPassingOver({ store: files, path: '', onClosed: (_, error) => closed.push(error) }, { signal })) {
    if (secretPath.test(path)) {
      await checkSecret(path, join(directory, path), parts);
    }
  }
  for (const error of closed) {
    await report({
      severity: 'error',
      check: 'permissions',
      path: error.path ?? '',
      message: `not everything can be listed: ${error.message}`,
      advice: 'give it to the user that the server runs as',
    });
  }
}

async function checkSecret(path: string, file: string, { report }: DoctorParts): Promise<void> {
  const stats = await lstat(file);
  const mode = stats.mode & 0o777;
  if (stats.isFile() && (mode & othersMask) !== 0) {
    await report({
      severity: 'warning',
      check: 'permissions',
      path,
      message: `others on this computer may read it (mode ${mode.toString(8).padStart(4, '0')})`,
      advice: 'chmod 600, which --fix does',
      fix: async () => {
        await chmod(file, mode & ~othersMask);
        return `mode ${(mode & ~othersMask).toString(8).padStart(4, '0')}`;
      },
    });
  }
}
