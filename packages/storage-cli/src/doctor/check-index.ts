import { FileConversationStore } from '@oh/conversation-store';
import type { DoctorParts } from './doctor-parts.ts';

/** Compares the index over the conversations with those that can be read. Programs make it anew where it is missing. */
export async function checkIndex(
  userId: string | undefined,
  ids: ReadonlySet<string>,
  { files, writable, layout, report, signal }: DoctorParts,
): Promise<void> {
  const path = layout.conversationIndex(userId);
  const indexed = new Set((await files.list(`${path}/ids`, { signal })).map((entry) => entry.slice(path.length + '/ids/'.length)));
  if (indexed.size === 0) {
    return;
  }
  const missing = [...ids].filter((id) => !indexed.has(id)).length;
  const stale = [...indexed].filter((id) => !ids.has(id)).length;
  if (missing + stale > 0) {
    await report({
      severity: 'info',
      check: 'index',
      path,
      message: `the index lacks ${missing} conversations and has ${stale} that cannot be read or are not there`,
      advice: 'the next search brings it up to date, as --fix does',
      fix: async () => {
        const store = new FileConversationStore({ files: writable, layout, userId });
        try {
          await store.search({ limit: 1, refresh: true, signal });
        } finally {
          await store.close();
        }
        return 'compared with the conversations';
      },
    });
  }
}
