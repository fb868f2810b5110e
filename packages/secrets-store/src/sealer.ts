import type { AbortOptions } from '@oh/file-store-core';

/**
 * Seals texts so that they can lie anywhere, and opens them again in the place they were sealed for.
 *
 * The context says what that place is, such as user, path, name and field. It is not stored: whoever opens gives it again, and
 * a text that was moved to another place does not open.
 */
export interface Sealer {
  /**
   * Encrypts a text, with a data key of its own.
   *
   * @returns One line of ASCII; another one each time.
   * @throws {FileStoreError} `permission-denied` when there is no key, or not the right one.
   */
  seal(text: string, context: readonly string[], options?: AbortOptions): Promise<string>;
  /**
   * Decrypts what {@link seal} made.
   *
   * @throws {FileStoreError} `permission-denied` when its key is not there; `corrupt` when it was changed, cut short or sealed for another context.
   */
  open(sealed: string, context: readonly string[], options?: AbortOptions): Promise<string>;
  /** The id of the key that a sealed text needs, whether it opens or not; `undefined` for a text that is not sealed. */
  keyIdOf(text: string): string | undefined;
}
