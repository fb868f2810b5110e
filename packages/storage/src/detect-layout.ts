import { type AbortOptions, type FileStore, homeLayout, isId, type StorageLayout, sessionsLayout } from '@oh/file-store-core';

/**
 * How the data in a store lies: as OpenHands' own where there are `sessions/`, or `openhands.db` or `v1_conversations/`, which OpenHands 1.x has in their place, and
 * no conversation of the layout of new data; else in that layout. OpenHands' command line and agent server have a `conversations/` too, without such records.
 *
 * Where both may be it looks into one conversation after the other until one decides: name the layout where there are many, far away.
 *
 * @throws {FileStoreError} What the store answers: a failure to look is never taken for absence.
 */
export async function detectLayout(files: FileStore, options: AbortOptions): Promise<StorageLayout> {
  const signs = await Promise.all([
    hasFiles(files, sessionsLayout.conversations(), options),
    hasFiles(files, 'v1_conversations', options),
    files.exists('openhands.db', options),
  ]);
  return signs.includes(true) && !(await hasRecord(files, options)) ? sessionsLayout : homeLayout;
}

async function hasRecord(files: FileStore, { signal }: AbortOptions): Promise<boolean> {
  const directory = homeLayout.conversations();
  for await (const { kind, path } of files.entries(directory, { signal })) {
    const id = path.slice(directory.length + 1).replace(/\/$/, '');
    if (kind === 'directory' && isId(id) && (await files.exists(homeLayout.conversationMetadata(id), { signal }))) {
      return true;
    }
  }
  return false;
}

async function hasFiles(files: FileStore, directory: string, { signal }: AbortOptions): Promise<boolean> {
  for await (const _ of files.entries(directory, { signal, limit: 1 })) {
    return true;
  }
  return false;
}
