import { MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileSettingsStore, Secret } from '../src/index.ts';
import { splitShellWords } from '../src/shell-words.ts';
import { openHandsCases } from './openhands-cases.ts';
import { withCode } from './with-code.ts';

/** A value with its keys in plain text. */
function exposed(value: unknown): unknown {
  if (value instanceof Secret) {
    return value.expose();
  }
  if (Array.isArray(value)) {
    return value.map(exposed);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, exposed(child)]))
    : value;
}

describe('what OpenHands makes of a value is made of it', () => {
  it.each(openHandsCases)('%s: %s', async (field, value, written) => {
    const files = new MemoryFileStore();
    const settings = new FileSettingsStore({ files });
    await files.write('settings.json', `{"${field}":${value}}`);
    if (written === undefined) {
      await expect(settings.load()).rejects.toEqual(withCode('corrupt'));
      await expect(new FileSettingsStore({ files: new MemoryFileStore() }).store({ [field]: JSON.parse(value) })).rejects.toEqual(
        withCode('invalid-argument'),
      );
    } else {
      expect(exposed((await settings.load())?.[field])).toEqual(JSON.parse(written));
    }
  });
});

describe('words of a shell', () => {
  it('are what was quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.constantFrom(' ', '\n\t '), (words, gap) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
        expect(splitShellWords(quoted.join(gap))).toEqual(words);
        const doubly = words.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`);
        expect(splitShellWords(doubly.join(gap))).toEqual(words);
        const escaped = words.filter((word) => word !== '').map((word) => word.replace(/[\s\S]/g, '\\$&'));
        expect(splitShellWords(escaped.join(gap))).toEqual(words.filter((word) => word !== ''));
      }),
    );
  });
});
