import { hash } from 'node:crypto';

/** The SHA-256 of the bytes: 64 lower-case hexadecimal digits, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** Whether a text is what {@link sha256} gives. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
