import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256, https://www.rfc-editor.org/rfc/rfc2104. */
export function hmacSha256(key: KeyObject | Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Whether `tag` is the whole HMAC-SHA256 of the data; a shortened one is not. In constant time. */
export function verifyHmacSha256(key: KeyObject | Uint8Array, data: Uint8Array, tag: Uint8Array): boolean {
  const expected = hmacSha256(key, data);
  return tag.length === expected.length && timingSafeEqual(tag, expected);
}
