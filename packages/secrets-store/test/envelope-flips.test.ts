import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openEnvelope, parseEnvelope, sealText } from '../src/envelope.ts';

const attempts = process.env['OH_TEST_SECRETS_LONG'] === undefined ? 20_000 : 1_000_000;

const key = { id: 'k1', key: createSecretKey(randomBytes(32)), macKey: createSecretKey(randomBytes(32)) };
const context = ['alice', 'secrets/secrets.json', 'custom_secrets', 'NAME', 'secret', '1'];

function isAccepted(text: string): boolean {
  const envelope = parseEnvelope(text);
  return envelope !== undefined && openEnvelope(key, envelope, context) !== undefined;
}

/** The text with one bit of one of its bytes flipped. */
function flipText(text: string, bit: number): string {
  const bytes = Buffer.from(text, 'latin1');
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString('latin1');
}

/** The envelope with one bit flipped of what its two last parts encode, in the canonical spelling. */
function flipBytes(text: string, bit: number): string {
  const [prefix, id, ...parts] = text.split('.');
  const boxes = parts.map((part) => Buffer.from(part, 'base64url'));
  const [wrapped, body] = boxes as [Buffer, Buffer];
  const at = bit % ((wrapped.length + body.length) * 8);
  const box = at < wrapped.length * 8 ? wrapped : body;
  const within = at < wrapped.length * 8 ? at : at - wrapped.length * 8;
  box[within >> 3] = (box[within >> 3] ?? 0) ^ (1 << (within & 7));
  return [prefix, id, ...boxes.map((each) => each.toString('base64url'))].join('.');
}

it(`accepts none of ${attempts.toLocaleString('en')} envelopes with a bit flipped or an end cut off`, { timeout: 600_000 }, () => {
  let accepted = 0;
  let tried = 0;
  while (tried < attempts) {
    const text = sealText(key, 'x'.repeat(tried % 50), context);
    expect(isAccepted(text)).toBe(true);
    const bits = text.length * 8;
    for (let bit = 0; bit < bits && tried < attempts; bit += 1) {
      accepted += isAccepted(flipText(text, bit)) ? 1 : 0;
      accepted += isAccepted(flipBytes(text, bit)) ? 1 : 0;
      tried += 2;
    }
    for (let end = 0; end < text.length && tried < attempts; end += 1) {
      accepted += isAccepted(text.slice(0, end)) ? 1 : 0;
      tried += 1;
    }
  }
  expect(accepted).toBe(0);
});
