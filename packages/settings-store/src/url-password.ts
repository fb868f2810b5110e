import { isMask } from '@oh/file-store-core/secrets';
import { findUrlCredentials, hideUrlPasswords } from '@oh/file-store-core/url-credentials';

/** Whether a value is a text with a URL that has a password. */
export function hasUrlPassword(value: unknown): boolean {
  return typeof value === 'string' && findUrlCredentials(value).some(({ password }) => !isMask(password));
}

/** Whether a value is a text with a URL in which a mask stands for the password. */
export function hasMaskedUrlPassword(value: unknown): boolean {
  return typeof value === 'string' && findUrlCredentials(value).some(({ password }) => isMask(password));
}

/** The text without the passwords of its URLs: what two of them have in common that differ in these alone. */
export function withoutUrlPasswords(text: string): string {
  return hideUrlPasswords(text, '');
}
