/**
 * Reads base64url without padding, https://www.rfc-editor.org/rfc/rfc4648#section-5, in its one canonical spelling.
 *
 * Node skips what is no base64 and ignores spare bits of the last character: then several texts would be one.
 *
 * @returns `undefined` for any other spelling.
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
