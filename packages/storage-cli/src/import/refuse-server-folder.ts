import { type AbortOptions, FileStoreError, homeLayout, sessionsLayout, withPrefix } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import type { Location } from '../locations/location.ts';

/**
 * Refuses to put `conversations/` into a folder of OpenHands' own server, which has `sessions/`, or of 1.x `openhands.db`: its own conversations would not be
 * found any more, and its settings be taken for those of these packages.
 *
 * @throws {FileStoreError} `invalid-argument`.
 */
export async function refuseServerFolder({ store, path, url }: Location, options: AbortOptions): Promise<void> {
  const files = withPrefix(store, path);
  const [hasConversations, ...signs] = await Promise.all([
    hasFiles(files, homeLayout.conversations(), options),
    hasFiles(files, sessionsLayout.conversations(), options),
    hasFiles(files, 'v1_conversations', options),
    files.exists('openhands.db', options),
  ]);
  if (signs.includes(true) && !hasConversations) {
    const what = `${JSON.stringify(url)} is a folder of OpenHands itself, whose conversations would not be found any more`;
    throw new FileStoreError('invalid-argument', `${what}; take a new place for both`, { path });
  }
}
