import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';

/** Opens a new temporary file, writes, closes, renames; with `sync` the file is made durable before it is closed. */
export async function bareWrite(target: string, contents: Uint8Array, sync?: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${target}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.write(contents);
    await sync?.(file);
  } finally {
    await file.close();
  }
  await rename(temporary, target);
}

/** {@link bareWrite} with synchronous calls. */
export function bareWriteSync(target: string, contents: Uint8Array): void {
  const temporary = `${target}.tmp`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, contents);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, target);
}
