import { describe, expect, it } from 'vitest';
import { toMissingPackage } from '../src/missing-package.ts';

describe('toMissingPackage', () => {
  it.each([
    ['Node', Object.assign(new Error("Cannot find package '@oh/file-store-s3'"), { code: 'ERR_MODULE_NOT_FOUND' })],
    ['webpack', Object.assign(new Error("Cannot find module '@oh/file-store-s3'"), { code: 'MODULE_NOT_FOUND' })],
    ['Vite', new Error('Could not resolve "@oh/file-store-s3" imported by "@oh/storage". Is it installed?')],
  ])('says what to install where %s does not find a package', (_, cause) => {
    expect(toMissingPackage(cause, 'the file store "s3"', '@oh/file-store-s3 @aws-sdk/client-s3')).toMatchObject({
      code: 'unsupported',
      message: '[unsupported] the file store "s3" needs packages that are not installed: npm install @oh/file-store-s3 @aws-sdk/client-s3',
      cause,
    });
  });

  it.each([new SyntaxError('Unexpected token'), 'no error'])('leaves %s as it is', (error) => {
    expect(toMissingPackage(error, 'a webhook', '@oh/file-store-webhook')).toBe(error);
  });
});
