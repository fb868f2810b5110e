import { expect, it } from 'vitest';
import { RequestSigner } from '../src/request-signer.ts';

// Examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const scope = { region: 'us-east-1', service: 's3' };
const now = new Date('2013-05-24T00:00:00Z');
const host = 'examplebucket.s3.amazonaws.com';

function signatureOf({ authorization = '' }: Record<string, string>): string | undefined {
  return /Signature=(\w+)$/.exec(authorization)?.[1];
}

it('signs as the documentation of S3 does: a part of an object, and an object with its contents', () => {
  const signer = new RequestSigner();
  const read = signer.sign({ method: 'GET', host, path: '/test.txt', headers: { range: 'bytes=0-9' } }, scope, credentials, now);
  expect(read['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
  const headers = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' };
  const body = Buffer.from('Welcome to Amazon S3.');
  const written = signer.sign({ method: 'PUT', host, path: '/test%24file.text', headers, body }, scope, credentials, now);
  expect(signatureOf(written)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
});

it('signs anew for another day, region and key, and the same again', () => {
  const signer = new RequestSigner();
  const request = { method: 'GET', host, path: '/test.txt', headers: {} };
  const first = signatureOf(signer.sign(request, scope, credentials, now));
  const others = [
    signer.sign(request, { ...scope, region: 'eu-west-1' }, credentials, now),
    signer.sign(request, scope, { ...credentials, secretAccessKey: 'another' }, now),
    signer.sign(request, scope, credentials, new Date('2013-05-25T00:00:00Z')),
    signer.sign(request, scope, { ...credentials, sessionToken: 'token' }, now),
  ].map(signatureOf);
  expect(new Set([first, ...others]).size).toBe(5);
  expect(signatureOf(signer.sign(request, scope, credentials, now))).toBe(first);
});

it('takes spaces around values, and more than one between, for what they are worth', () => {
  const signer = new RequestSigner();
  const sign = (value: string): string | undefined =>
    signatureOf(signer.sign({ method: 'GET', host, path: '/a', headers: { 'content-type': value } }, scope, credentials, now));
  expect(sign('  text/plain;   charset=utf-8 ')).toBe(sign('text/plain; charset=utf-8'));
});
