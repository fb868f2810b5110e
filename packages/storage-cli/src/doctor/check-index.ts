import { FileConversationStore } from '@oh/conversation-store';
import { formatCount } from '../format-count.ts';
import type { DoctorParts } from './doctor-parts.ts';

/**
 * Compares the index over the conversations with those that are there. Programs make it anew where it is missing.
 *
 * @param ids Of all conversations, of those that cannot be read too.
 */
export async function checkIndex(
  userId: string | undefined,
  ids: ReadonlySet<string>,
  { files, writable, layout, report, signal }: DoctorParts,
): Promise<void> {
  const path = layout.conversationIndex(userId);
  const directories = await files.list(layout.conversations(userId), { signal });
  // One without a record is told of by itself; whoever writes it may not have come to the record yet.
  const there = new Set([...ids, ...directories.map((directory) => directory.slice(layout.conversations(userId).length + 1, -1))]);
  const compare = async (): Promise<{ readonly isMissing: boolean; readonly missing: number; readonly stale: number }> => {
    const indexed = new Set((await files.list(`${path}/ids`, { signal })).map((entry) => entry.slice(path.length + '/ids/'.length)));
    const missing = [...ids].filter((id) => !indexed.has(id)).length;
    return { isMissing: indexed.size === 0, missing, stale: [...indexed].filter((id) => !there.has(id)).length };
  };
  const { isMissing, missing, stale } = await compare();
  if (isMissing || missing + stale === 0) {
    return;
  }
  await report({
    severity: 'info',
    check: 'index',
    path,
    message: `the index lacks ${formatCount(missing, 'conversation')} and has ${stale} that are not there`,
    advice: 'the next search brings it up to date, as --fix does',
    fix: async () => {
      const store = new FileConversationStore({ files: writable, layout, userId });
      try {
        await store.search({ limit: 1, refresh: true, signal });
      } finally {
        await store.close();
      }
      // A search goes on where the index cannot be written.
      const left = await compare();
      if (left.missing + left.stale > 0) {
        throw new Error('the index could not be written, or somebody changed conversations meanwhile');
      }
      return 'compared with the conversations';
    },
  });
}
