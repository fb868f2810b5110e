import assert from 'node:assert/strict';
import { it } from 'vitest';
import { encodeBatch, parseBatch } from '../src/batch.ts';

/** As Google's documentation shows it. @see https://cloud.google.com/storage/docs/batch#example */
const answer = [
  '--batch_pK7JBAk73-E=_AA5eFwv4m2Q=',
  'Content-Type: application/http',
  'Content-ID: <response-8a09ca85-8d1d-4f45-9eb0-da8e8b07ec83+1>',
  '',
  'HTTP/1.1 204 No Content',
  'ETag: "lGaP-E0memYDumK16YuUDM_6Gf0/V43j6azD55CPRGb9b6uytDYl61Y"',
  'Content-Length: 0',
  '',
  '',
  '--batch_pK7JBAk73-E=_AA5eFwv4m2Q=',
  'Content-Type: application/http',
  'Content-ID: <response-8a09ca85-8d1d-4f45-9eb0-da8e8b07ec83+2>',
  '',
  'HTTP/1.1 503 Service Unavailable',
  'Content-Type: application/json; charset=UTF-8',
  'Retry-After: 7',
  '',
  '{"error":',
  '',
  '{}}',
  '--batch_pK7JBAk73-E=_AA5eFwv4m2Q=--',
  '',
].join('\r\n');

it('reads the answers in their order, with their headers and bodies', () => {
  const [first, second] = parseBatch('multipart/mixed; boundary=batch_pK7JBAk73-E=_AA5eFwv4m2Q=', answer, 2);
  assert.equal(first?.status, 204);
  assert.equal(first?.body, '');
  assert.equal(second?.status, 503);
  assert.equal(second?.headers['retry-after'], '7');
  assert.equal(second?.body, '{"error":\r\n\r\n{}}');
});

it('takes no answer for the right one that has another number of parts, or is none', () => {
  const contentType = 'multipart/mixed; boundary="batch_pK7JBAk73-E=_AA5eFwv4m2Q="';
  const isRefused = { reason: 'protocol', mayHaveHappened: true };
  assert.throws(() => parseBatch(contentType, answer, 3), isRefused);
  assert.throws(() => parseBatch(contentType, answer.slice(0, -10), 2), isRefused);
  assert.throws(() => parseBatch('application/json', '{}', 1), isRefused);
  assert.throws(() => parseBatch(undefined, answer, 2), isRefused);
  assert.throws(() => parseBatch(contentType, answer.replace('HTTP/1.1 503', 'SMTP 503'), 2), isRefused);
});

it('writes calls that carry no more than their targets', () => {
  const { contentType, body } = encodeBatch([{ method: 'DELETE', target: '/storage/v1/b/b/o/a%2Fb?generation=1' }]);
  const boundary = contentType.slice('multipart/mixed; boundary='.length);
  const expected = [
    `--${boundary}`,
    'content-type: application/http',
    'content-id: <0>',
    '',
    'DELETE /storage/v1/b/b/o/a%2Fb?generation=1 HTTP/1.1',
    '',
    '',
    `--${boundary}--`,
    '',
  ];
  assert.equal(Buffer.from(body).toString(), expected.join('\r\n'));
});
