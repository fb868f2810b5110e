import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { openHandsHome } from '@oh-tools/fixtures';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationMetadataSchema } from '../src/conversation-metadata-schema.ts';
import { parseRecord, type ReadableRecord } from '../src/conversation-record.ts';
import { serializeMetadata, unknownFieldsOf } from '../src/serialize-metadata.ts';

const address = { id: 'c1', path: 'sessions/c1/metadata.json' };
const sessions = join(openHandsHome, 'sessions');

function readable(text: string, id: string = address.id): ReadableRecord {
  const record = parseRecord(text, { id, path: address.path });
  if (record.kind === 'unreadable') {
    throw record.error;
  }
  return record;
}

function reason(text: string): string {
  const record = parseRecord(text, address);
  return record.kind === 'unreadable' ? record.error.message : 'readable';
}

function record(fields: string): string {
  return `{"conversation_id":"c1","selected_repository":null,"created_at":"2025-01-01T00:00:00Z"${fields}}`;
}

describe('the error of a record that cannot be read', () => {
  it.each([
    'canary',
    '{"title":canary}',
    '{"title":"canary" "canary"}',
    '{"title":"canary',
    '["canary"]',
    '"canary"',
    record(',"title":["canary"]'),
    record(',"created_at":"canary"'),
    record(',"pr_number":"canary"'),
    record(',"accumulated_cost":"canary"'),
    record(',"last_updated_at":{"canary":"canary"}'),
  ])('and its causes repeat nothing of it: %s', (text) => {
    const unreadable = parseRecord(text, address);
    const error = unreadable.kind === 'unreadable' ? unreadable.error : undefined;
    expect(error).toMatchObject({ code: 'corrupt', path: address.path });
    expect(inspect(error, { depth: 20, showHidden: true, maxStringLength: null })).not.toContain('canary');
  });
});

describe('parseRecord', () => {
  const written = readdirSync(sessions).map((id) => ({ id, text: readFileSync(join(sessions, id, 'metadata.json'), 'utf8') }));
  const compact = written.filter(({ text }) => text.startsWith('{"conversation_id":"') && text.endsWith('}'));

  it('finds the records that OpenHands wrote', () => {
    expect(compact).toHaveLength(11);
  });

  it.each(compact)('gives what is written again byte for byte: $id', ({ id, text }) => {
    const { metadata, unknownFields } = readable(text, id);
    expect(serializeMetadata(metadata, unknownFields)).toBe(text);
  });

  it('gives the record that is written, for every record', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: null });
    const count = fc.integer();
    const date = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true });
    const anyInput = fc.record({
      conversation_id: fc.constant('c1'),
      selected_repository: text,
      created_at: date.map((value) => value.toISOString()),
      title: text,
      user_id: text,
      trigger: text,
      last_updated_at: fc.option(date.map((value) => value.getTime() / 1000)),
      pr_number: fc.array(count),
      accumulated_cost: fc.double(),
      prompt_tokens: count,
      extra: fc.json().map((json): unknown => JSON.parse(json)),
    });
    fc.assert(
      fc.property(anyInput, (input) => {
        const metadata = conversationMetadataSchema.parse(input);
        const json = serializeMetadata(metadata, unknownFieldsOf(metadata));
        expect(readable(json).metadata).toEqual(metadata);
        expect(serializeMetadata(readable(json).metadata, readable(json).unknownFields)).toBe(json);
      }),
    );
  });

  it('keeps every digit and every field that it does not know', () => {
    const unknown =
      ',"github_user_id":123456789012345678901234567890,"budget":[9007199254740993,1e400,-0.0,{"a":0.10}],"__proto__":{"a":1},"":null';
    const { metadata, unknownFields } = readable(record(unknown));
    expect(serializeMetadata(metadata, unknownFields)).toContain(unknown.replace('0.10', '0.1'));
    expect(JSON.stringify(metadata['budget'])).toBe('[9007199254740993,1e400,-0.0,{"a":0.1}]');
    expect(metadata).not.toHaveProperty('a');
  });

  it('writes texts raw, and escapes what UTF-8 cannot hold', () => {
    const title = '"Ünï\u2028😀\\u0001\\u001f\\b\\f\\n\\r\\t\\"\\\\/\u007f\\ud800"';
    const { metadata } = readable(record(`,"title":${title}`));
    expect(serializeMetadata(metadata, [])).toContain(`"title":${title}`);
  });

  it('takes the last of a field that is there twice, as Python does', () => {
    expect(readable(record(',"title":"a","title":"b"')).metadata.title).toBe('b');
  });

  it('takes the directory for the id, whatever the record says', () => {
    expect(readable(record(''), 'copy-of-c1').metadata.conversation_id).toBe('copy-of-c1');
  });

  it('writes three digits of a fraction as six', () => {
    const { metadata } = readable(record(',"last_updated_at":"2025-01-01T00:00:00.123Z"'));
    expect(metadata.last_updated_at).toBe('2025-01-01T00:00:00.123000Z');
  });

  it.each([
    ['a torn record', '{"conversation_id":"c1","selected_repo', 'it is not JSON'],
    ['an empty file', '', 'it is not JSON'],
    ['a byte order mark', `\uFEFF${record('')}`, 'it is not JSON'],
    ['two records', record('') + record(''), 'it is not JSON'],
    ['a bottomless record', '{"a":'.repeat(1_000_000), 'it is not JSON'],
    ['a list', '["created_at"]', 'it is not a JSON object'],
    ['null', 'null', 'it is not a JSON object'],
    ['a number', '5', 'it is not a JSON object'],
    ['a record of an old version', '{"conversation_id":"c1","selected_repository":null}', 'created_at: missing'],
    ['a record without repository', '{"conversation_id":"c1","created_at":0}', 'selected_repository: '],
    ['inherited fields', '{"__proto__":{"conversation_id":"c1","selected_repository":null,"created_at":0}}', 'conversation_id: '],
    ['a number for a title', record(',"title":5'), 'title: '],
    ['a wrong number in a list', record(',"pr_number":[1,"x"]'), 'pr_number.1: expected a whole number'],
  ])('cannot read %s, and says why', (_what, text, why) => {
    expect(reason(text)).toContain('[corrupt] the record of conversation "c1" at "sessions/c1/metadata.json" cannot be read: ');
    expect(reason(text)).toContain(why);
  });

  it('repeats no contents in the message', () => {
    expect(reason('{"title":"hush"')).not.toContain('hush');
    expect(reason(record(',"pr_number":["hush"],"created_at":"hush","title":{"hush":1}'))).not.toContain('hush');
  });

  it('tells the owner also of a record that cannot be read', () => {
    expect(parseRecord('{"user_id":"alice"}', address).owner).toBe('alice');
    for (const user_id of ['""', 'null', '5']) {
      expect(parseRecord(`{"user_id":${user_id}}`, address).owner).toBeUndefined();
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseRecord(text, address)).not.toThrow();
      }),
    );
  });
});
