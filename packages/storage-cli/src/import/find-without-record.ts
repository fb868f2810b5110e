import { dirname } from 'node:path/posix';
import { isId } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import type { ImportParts } from './import-parts.ts';

/**
 * Directories where conversations lie with something in them, such as events, and no record that says of which conversation it is.
 *
 * @param users Whose, where each has a tree of its own. @param known The ids of all that have a record, also one that cannot be read.
 */
export async function* findWithoutRecord(
  users: readonly (string | undefined)[],
  known: ReadonlySet<string>,
  { from, fromLayout, signal }: Pick<ImportParts, 'from' | 'fromLayout' | 'signal'>,
): AsyncGenerator<string, void, undefined> {
  const parents = users.flatMap((userId) =>
    fromLayout.conversationDirectories('any', userId).map((directory) => [dirname(directory), userId] as const),
  );
  for (const [parent, userId] of new Map(parents)) {
    for (const path of await from.list(parent, { signal })) {
      const id = path.slice(parent.length + 1).replace(/\/$/, '');
      if (!path.endsWith('/') || known.has(id) || !(await hasFiles(from, path, { signal }))) {
        continue;
      }
      // It may have been made since the records were read.
      if (!isId(id) || !(await from.exists(fromLayout.conversationMetadata(id, userId), { signal }))) {
        yield path;
      }
    }
  }
}
