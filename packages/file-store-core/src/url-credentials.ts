/**
 * Passwords in URLs, which are secrets wherever a URL stands: in a setting, in a file that is backed up, in what is shown.
 *
 * @packageDocumentation
 */

/** What stands in a URL between `//` and `@`, as it is spelt there. */
export interface UrlCredentials {
  /** Mostly a name; `''` where there is none. */
  readonly username: string;
  /** Never `''`. */
  readonly password: string;
}

/**
 * The username and the password of a URL, https://url.spec.whatwg.org/#url-miscellaneous: up to the last `@` before the path. Of the scheme the end is enough:
 * looking for where it begins takes long texts squared time.
 */
const credentials = /([a-z0-9+.-]:\/\/)([^\s/?#:@]*):([^\s/?#]+)(?=@)/gi;

/** Finds the URLs in a text that have a password; masks in the place of one count too. */
export function findUrlCredentials(text: string): readonly UrlCredentials[] {
  return Array.from(text.matchAll(credentials), ([, , username = '', password = '']) => ({ username, password }));
}

/** The text with `mask` in the place of every password of a URL. */
export function hideUrlPasswords(text: string, mask: string): string {
  return text.replace(credentials, (_, before: string, username: string) => `${before}${username}:${mask}`);
}
