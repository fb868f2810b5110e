import { MemoryFileStore } from '@oh/file-store-core';
import { rawNumber } from '@oh/file-store-core/json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventSecrets } from '../src/event-secrets.ts';
import { FileEventStore } from '../src/file-event-store.ts';

const hidden = '<secret_hidden>';

function mask(secrets: Readonly<Record<string, string>>, value: unknown, encodings = false): unknown {
  return new EventSecrets(secrets, { encodings }).mask({ value })['value'];
}

describe('the secrets of events', () => {
  it('are replaced in every text at any depth, in lists, keys, messages and tool calls', () => {
    const secrets = new EventSecrets({ token: 'hunter2', multi: 'line1\n"2"' });
    const call = { function: { arguments: JSON.stringify({ password: 'hunter2', multi: 'line1\n"2"' }) } };
    const event = {
      message: 'Running command: echo hunter2',
      args: { command: ['echo', 'a hunter2 b hunter2'], 'hunter2-key': 1, deep: [[{ x: 'hunter2' }]] },
      tool_call_metadata: { model_response: { choices: [{ message: { tool_calls: [call] } }] } },
    };
    expect(secrets.mask(event)).toEqual({
      message: `Running command: echo ${hidden}`,
      args: { command: ['echo', `a ${hidden} b ${hidden}`], [`${hidden}-key`]: 1, deep: [[{ x: hidden }]] },
      tool_call_metadata: {
        model_response: {
          choices: [{ message: { tool_calls: [{ function: { arguments: `{"password":"${hidden}","multi":"${hidden}"}` } }] } }],
        },
      },
    });
    expect(event.args.deep).toEqual([[{ x: 'hunter2' }]]);
  });

  it('leave the fields alone by which an event is found', () => {
    const fields = { timestamp: '2026-run', source: 'run', cause: 1, action: 'run', observation: 'run' };
    expect(new EventSecrets({ a: 'run', b: '2026' }).mask(fields)).toEqual(fields);
    expect(new EventSecrets({ a: 'run' }).mask({ action: { run: 'run' } })).toEqual({ action: { [hidden]: hidden } });
    expect(new EventSecrets({ a: 'run' }).mask({ args: { action: 'run' } })).toEqual({ args: { action: hidden } });
  });

  it('are looked for in one pass, the longest first, and empty ones never', () => {
    expect(mask({ a: 'abc', b: 'abcdef' }, 'abcdef abc')).toBe(`${hidden} ${hidden}`);
    expect(mask({ a: 'secret', b: 'hidden' }, 'a secret')).toBe(`a ${hidden}`);
    expect(mask({ a: 'secret' }, `it was ${hidden}`)).toBe(`it was ${hidden}`);
    expect(mask({ a: '' }, 'text')).toBe('text');
    expect(mask({ a: 'a.c*' }, 'abc a.c* ')).toBe(`abc ${hidden} `);
    expect(mask({ a: '7' }, rawNumber('77777777777777777777'))).toEqual(rawNumber('77777777777777777777'));
  });

  it('leave a field alone that is called as the prototype is', () => {
    const event = JSON.parse('{"id":1,"__proto__":{"a":"tok-123"},"constructor":"tok-123"}') as Record<string, unknown>;
    expect(JSON.stringify(new EventSecrets({ t: 'tok-123' }).mask(event))).toBe(
      '{"id":1,"__proto__":{"a":"<secret_hidden>"},"constructor":"<secret_hidden>"}',
    );
  });

  it('tell keys apart that become the same', () => {
    expect(mask({ a: 'one', b: 'two' }, { one: 1, two: 2 })).toEqual({ [hidden]: 1, [`${hidden} (2)`]: 2 });
  });

  it('are also found as JSON writes them, and as Python does', () => {
    expect(mask({ a: 'pä"ss' }, 'x pä\\"ss y p\\u00e4\\"ss z')).toBe(`x ${hidden} y ${hidden} z`);
  });

  it('are found encoded when that is asked for', () => {
    const basic = Buffer.from('user:correct horse+battery').toString('base64');
    expect(mask({ a: 'correct horse+battery' }, `Basic ${basic}`)).toBe(`Basic ${basic}`);
    expect(mask({ a: 'correct horse+battery' }, `Basic ${basic}`, true)).toContain(hidden);
    expect(mask({ a: 'correct horse+battery' }, 'correct%20horse%2bbattery correct+horse%2Bbattery', true)).toBe(`${hidden} ${hidden}`);
    expect(mask({ a: 'ab' }, 'YWI=', true)).toBe('YWI=');
  });

  it('are found in base64 wherever they stand in what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: 'grapheme' }), fc.string(), fc.string(), (secret, before, after) => {
        const value = secret.toWellFormed();
        const encoded = Buffer.from(before + value + after).toString('base64');
        const masked = mask({ a: value }, encoded, true);
        expect(masked).toContain(hidden);
      }),
    );
  });

  it('never stand in what is masked, whatever they are', () => {
    const texts = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', '"', '\\', '\n', 'ü') });
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1 }), fc.array(fc.oneof(texts, fc.constant(hidden))), (secrets, parts) => {
        const masked = String(mask(Object.fromEntries(secrets.map((secret, i) => [i, secret])), parts.join('')));
        for (const secret of secrets) {
          expect(masked.replaceAll(hidden, '\0')).not.toContain(secret);
        }
      }),
    );
  });

  it('can be told later, and are told to nobody who prints them', async () => {
    const secrets = new EventSecrets({ a: 'first' });
    const files = new MemoryFileStore();
    const store = new FileEventStore({ files, conversationId: 'c1', secrets });
    secrets.update({ b: 'second' });
    await store.append({ message: 'first second third' });
    secrets.set({ c: 'third' });
    expect(await store.append({ message: 'first second third' })).toMatchObject({ message: `first second ${hidden}` });
    expect(await store.get(0)).toMatchObject({ message: `${hidden} ${hidden} third` });
    expect(JSON.stringify(secrets)).not.toContain('third');
  });
});
