import type { AbortOptions } from '@oh/file-store-core';

/** Encrypts keys that lie in settings, such as the `Sealer` of `@oh/secrets-store`. */
export interface SettingsSealer {
  /**
   * Encrypts a text.
   *
   * @param context What it is for; it opens with the same context only. `settings`, the user or an empty text, the fields on the way to the key.
   */
  seal(text: string, context: readonly string[], options?: AbortOptions): Promise<string>;
  /** Decrypts what `seal` made; rejects when it was changed, moved, or made with a key that is not there. */
  open(sealed: string, context: readonly string[], options?: AbortOptions): Promise<string>;
  /** The id of the key that a sealed text needs, whether it opens or not; `undefined` for a text that it did not seal. */
  keyIdOf(sealed: string): string | undefined;
}
