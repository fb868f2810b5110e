import { type AbortOptions, FileStoreError, homeLayout, sessionsLayout, withPrefix } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import type { Location } from '../locations/location.ts';

/**
 * Refuses to put `conversations/` into a folder of OpenHands' own server, which has `sessions/`: its own conversations would not be found any more.
 *
 * @throws {FileStoreError} `invalid-argument`.
 */
export async function refuseServerFolder({ store, path, url }: Location, options: AbortOptions): Promise<void> {
  const files = withPrefix(store, path);
  const [hasSessions, hasConversations] = await Promise.all([
    hasFiles(files, sessionsLayout.conversations(), options),
    hasFiles(files, homeLayout.conversations(), options),
  ]);
  if (hasSessions && !hasConversations) {
    const what = `${JSON.stringify(url)} is a folder of OpenHands itself, whose conversations would not be found any more`;
    throw new FileStoreError('invalid-argument', `${what}; take a new place for both`, { path });
  }
}
