import { hideUrlPasswords } from '@oh/file-store-core/url-credentials';

const mask = '**********';

/** The value of a setting as JSON that may be shown: keys are masked by themselves, passwords in URLs are here. */
export function shownSetting(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (_, each: unknown) => (typeof each === 'string' ? hideUrlPasswords(each, mask) : each));
}

/** Whether a text, or one within a value, has the mask of {@link shownSetting} where a password of a URL stands. */
export function hasHiddenUrlPassword(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes(`:${mask}@`);
}
