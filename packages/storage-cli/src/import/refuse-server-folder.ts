import { type AbortOptions, FileStoreError, sessionsLayout, withPrefix } from '@oh/file-store-core';
import { detectLayout } from '@oh/storage';
import type { Location } from '../locations/location.ts';

/**
 * Refuses to put `conversations/` into a folder of OpenHands itself, see {@link detectLayout}: its own conversations would not be found any more, and its
 * settings be taken for those of these packages.
 *
 * @throws {FileStoreError} `invalid-argument`.
 */
export async function refuseServerFolder({ store, path, url }: Location, options: AbortOptions): Promise<void> {
  if ((await detectLayout(withPrefix(store, path), options)) === sessionsLayout) {
    const what = `${JSON.stringify(url)} is a folder of OpenHands itself, whose conversations would not be found any more`;
    throw new FileStoreError('invalid-argument', `${what}; take a new place for both`, { path });
  }
}
