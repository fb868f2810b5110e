import { isId } from '@oh/file-store-core';
import { hasTombstone } from '@oh/file-store-core/tombstones';
import { hasFiles } from '../locations/has-files.ts';
import type { DoctorParts } from './doctor-parts.ts';

/**
 * Looks for files of conversations that were deleted: a backup may have brought them back, and nobody finds them.
 *
 * @param known The ids of all that were found.
 */
export async function checkDeleted(
  userId: string | undefined,
  known: ReadonlySet<string>,
  { files, layout, report, signal }: DoctorParts,
): Promise<void> {
  const parent = layout.conversations(userId);
  for (const path of await files.list(parent, { signal })) {
    const id = path.slice(parent.length + 1).replace(/\/$/, '');
    if (!path.endsWith('/') || !isId(id) || known.has(id) || !(await hasFiles(files, path, { signal }))) {
      continue;
    }
    if (await hasTombstone(files, layout.conversationTombstone(id, userId), { signal })) {
      await report({
        severity: 'warning',
        check: 'conversations',
        path,
        message: 'this conversation was deleted, so that nobody finds its files: they were restored, or the deletion has not ended',
        advice:
          'to have it back, copy them to a store of their own, delete it again, and take it from there with "conversations export" and "conversations import"; else delete it again',
      });
    }
  }
}
