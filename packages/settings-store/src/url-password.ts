import { findUrlCredentials } from '@oh/file-store-core/url-credentials';
import { isMask } from './secret-text.ts';

/** Whether a value is a text with a URL that has a password. */
export function hasUrlPassword(value: unknown): boolean {
  return typeof value === 'string' && findUrlCredentials(value).some(({ password }) => !isMask(password));
}
