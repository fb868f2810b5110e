import { dirname } from 'node:path/posix';
import { isId } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import type { ImportParts } from './import-parts.ts';

/** A directory where a conversation would lie. */
export interface ConversationDirectory {
  /** With `/` at its end. */
  readonly path: string;
  /** Its name; `undefined` for one that no conversation has. */
  readonly id: string | undefined;
  /** In whose tree it lies. */
  readonly userId: string | undefined;
}

/**
 * Directories where conversations lie with something in them, such as events, and that are of none of those that were found.
 *
 * @param users Whose, where each has a tree of its own. @param known The ids of all that were found, of those that cannot be read too.
 */
export async function* findUnknown(
  users: readonly (string | undefined)[],
  known: ReadonlySet<string>,
  { from, fromLayout, signal }: Pick<ImportParts, 'from' | 'fromLayout' | 'signal'>,
): AsyncGenerator<ConversationDirectory, void, undefined> {
  const parents = users.flatMap((userId) =>
    fromLayout.conversationDirectories('any', userId).map((directory) => [dirname(directory), userId] as const),
  );
  for (const [parent, userId] of new Map(parents)) {
    for (const path of await from.list(parent, { signal })) {
      const name = path.slice(parent.length + 1).replace(/\/$/, '');
      if (path.endsWith('/') && !known.has(name) && (await hasFiles(from, path, { signal }))) {
        yield { path, id: isId(name) ? name : undefined, userId };
      }
    }
  }
}

/** Those of {@link findUnknown} without a record that says of which conversation they are: it may have been made since the others were found. */
export async function* findWithoutRecord(
  users: readonly (string | undefined)[],
  known: ReadonlySet<string>,
  parts: Pick<ImportParts, 'from' | 'fromLayout' | 'signal'>,
): AsyncGenerator<string, void, undefined> {
  const { from, fromLayout, signal } = parts;
  for await (const { path, id, userId } of findUnknown(users, known, parts)) {
    if (id === undefined || !(await from.exists(fromLayout.conversationMetadata(id, userId), { signal }))) {
      yield path;
    }
  }
}
