import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Derives a key of its own for one purpose by HKDF-SHA256, https://www.rfc-editor.org/rfc/rfc5869.
 *
 * @param info The purpose.
 */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: string | Uint8Array, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}

/** A key for one purpose, derived from a key of 32 random bytes, which needs no salt (RFC 5869, 3.1). */
export function deriveKey(secret: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(hkdfSha256(secret, Buffer.alloc(0), `oh-secrets-store ${purpose}`, 32));
}
