import { FileStoreError } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { S3Keys } from '../src/s3-key.ts';

describe('S3Keys', () => {
  it('makes a key of the prefix and the path, byte for byte, and back', () => {
    const keys = new S3Keys('/team//a/');
    for (const path of ['a', 'a b+c&é/ü.txt', '😀/%2e%2e', ' lead/trail ', '\uffff/\ufffe']) {
      expect(keys.toKey(path)).toBe(`team/a/${path}`);
      expect(keys.toPath(keys.toKey(path))).toBe(path);
    }
    expect(new S3Keys('').toKey('a/b')).toBe('a/b');
    expect(keys.toPrefix('dir')).toBe('team/a/dir/');
    expect(keys.toPrefix('')).toBe('team/a/');
    expect(keys.toPath('team/a/dir/')).toBe('dir/');
  });

  it('gives no path for a key that no path leads to', () => {
    const keys = new S3Keys('p');
    for (const rest of [
      '',
      '/',
      '//a',
      'a//b',
      'a/../b',
      './a',
      'a/.',
      '..',
      'a\nb',
      'a\u0085',
      `${'x'.repeat(256)}`,
      '.oh-probe/',
      '.oh-probe/x',
      'a/.oh-probe/',
      'a/.oh-probe/x',
    ]) {
      expect(keys.toPath(`p/${rest}`), JSON.stringify(rest)).toBeUndefined();
    }
  });

  it('refuses a path whose key would have more than 1,024 bytes, and the reserved name', () => {
    const keys = new S3Keys('prefix');
    const path = Array.from({ length: 5 }, () => 'é'.repeat(100)).join('/');
    expect(Buffer.byteLength(keys.toKey(`${path}/${'f'.repeat(12)}`))).toBe(1024);
    for (const refused of [`${path}/${'f'.repeat(13)}`, '.oh-probe', '.oh-probe/x', 'a/.oh-probe/x']) {
      expect(() => keys.toKey(refused)).toThrow(expect.objectContaining({ code: 'invalid-path', path: refused }));
    }
    expect(keys.toKey('.oh-probes')).toBe('prefix/.oh-probes');
    expect(() => new S3Keys('a/../b')).toThrow(FileStoreError);
  });
});
