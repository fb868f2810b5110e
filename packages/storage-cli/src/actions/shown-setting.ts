import { parseJson } from '@oh/file-store-core/json';
import { mask, replaceStrings } from '@oh/file-store-core/secrets';
import { hideUrlPasswords } from '@oh/file-store-core/url-credentials';

/** The value of a setting as JSON that may be shown: keys are masked by themselves, passwords in URLs are here. */
export function shownSetting(value: unknown): unknown {
  return replaceStrings(parseJson(JSON.stringify(value ?? null)), (text) => hideUrlPasswords(text, mask));
}
