import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalizeFilePath, normalizePath } from '../src/index.ts';

/** Strings of which many are valid paths, and many nearly. */
const pathLike = fc
  .array(fc.oneof(fc.constantFrom('/', '.', '..', './', '//', 'a', 'é', '😀', ' ', '\\', '\0', '\ud800'), fc.string({ unit: 'grapheme' })))
  .map((parts) => parts.join(''));

it('gives a normal form that it leaves as it is', () => {
  fc.assert(
    fc.property(pathLike, (path) => {
      let normalized: string;
      try {
        normalized = normalizePath(path);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-path', path });
        return;
      }
      expect(normalizePath(normalized)).toBe(normalized);
      expect(normalizePath(`/./${normalized}//`)).toBe(normalized);
      const segments = normalized === '' ? [] : normalized.split('/');
      expect(segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..')).toBe(true);
      expect(segments).toEqual(path.split('/').filter((segment) => segment !== '' && segment !== '.'));
    }),
    { numRuns: 2000 },
  );
});

it('counts bytes of UTF-8, not characters', () => {
  expect(normalizePath('€'.repeat(85))).toHaveLength(85);
  expect(() => normalizePath('€'.repeat(86))).toThrow('[invalid-path]');
  expect(normalizePath(`${'x/'.repeat(511)}xx`)).toHaveLength(1024);
  expect(() => normalizePath(`${'x/'.repeat(511)}xxx`)).toThrow('more than 1024 bytes'.replace('more', 'longer'));
});

it('shows a bad path escaped and cut, so that it cannot disturb a terminal or a log', () => {
  expect(() => normalizePath('a\u001b[31m')).toThrow('"a\\u001b[31m" has a control character');
  expect(() => normalizePath('x'.repeat(5000))).toThrow(/^.{0,300}$/);
});

it('takes nothing but strings', () => {
  expect(() => normalizePath(undefined as never)).toThrow(TypeError);
  expect(() => normalizePath(null as never)).toThrow(TypeError);
});

it('tells files from directories by the trailing slash', () => {
  expect(normalizeFilePath('/a//b')).toBe('a/b');
  for (const path of ['', '/', '.', 'a/', 'a/.', 'a//']) {
    expect(() => normalizeFilePath(path)).toThrow('[invalid-path]');
  }
});
