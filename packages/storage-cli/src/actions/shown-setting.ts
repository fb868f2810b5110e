import { mask } from '@oh/file-store-core/secrets';
import { hideUrlPasswords } from '@oh/file-store-core/url-credentials';

/** The value of a setting as JSON that may be shown: keys are masked by themselves, passwords in URLs are here. */
export function shownSetting(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (_, each: unknown) => (typeof each === 'string' ? hideUrlPasswords(each, mask) : each));
}
