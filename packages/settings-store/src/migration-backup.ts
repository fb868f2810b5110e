import { isDeepStrictEqual } from 'node:util';
import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { SettingsCodec, SettingsRecord } from './settings-codec.ts';

/**
 * Keeps settings as they were before a migration: `settings.json.v0.bak`, or `.v0-2.bak` and so on where another one is there. What is there
 * already is not written again, so that a migration that was cut short, or that several processes begin, leaves one backup.
 *
 * @param path The file with the settings.
 */
export async function writeBackup(
  files: FileStore,
  path: string,
  codec: SettingsCodec,
  record: SettingsRecord,
  { signal }: AbortOptions,
): Promise<void> {
  const text = await codec.serializeOriginal(record, { signal });
  for (let number = 1; ; number += 1) {
    const backup = `${path}.v${record.version}${number === 1 ? '' : `-${number}`}.bak`;
    try {
      await files.write(backup, text, { ifAbsent: true, signal });
      return;
    } catch (error) {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    }
    if (await holds(files, backup, codec, record, { signal })) {
      return;
    }
  }
}

/** Compares what stands there with the keys opened: their sealed form is another one each time. */
async function holds(
  files: FileStore,
  backup: string,
  codec: SettingsCodec,
  record: SettingsRecord,
  options: AbortOptions,
): Promise<boolean> {
  try {
    const other = await codec.parse(await files.read(backup, options), options);
    return other.version === record.version && isDeepStrictEqual([...other.original], [...record.original]);
  } catch (error) {
    if (hasErrorCode(error, 'corrupt') || hasErrorCode(error, 'permission-denied') || hasErrorCode(error, 'unsupported')) {
      return false;
    }
    throw error;
  }
}
