import { isMask } from './secret-text.ts';

/**
 * The password of a URL, https://url.spec.whatwg.org/#concept-url-password: up to the last `@` before the path. Of the scheme the end is enough: looking for where
 * it begins takes long texts squared time.
 */
const urlPassword = /[a-z0-9+.-]:\/\/[^\s/?#:@]*:([^\s/?#]+)@/i;

/** Whether a value is a text with a URL that has a password. */
export function hasUrlPassword(value: unknown): boolean {
  const [, password] = typeof value === 'string' ? (urlPassword.exec(value) ?? []) : [];
  return password !== undefined && !isMask(password);
}
