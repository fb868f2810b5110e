import { describe, expect, it } from 'vitest';
import { parseRecord } from '../src/conversation-record.ts';
import { serializeMetadata } from '../src/serialize-metadata.ts';
import { dateTimeCases, floatCases, integerCases } from './pydantic-cases.ts';

/** How a value is written again, `undefined` when the record cannot be read with it. */
function readAndWrite(field: string, value: string): string | undefined {
  const dated = field === 'created_at' ? '' : '"created_at":0,';
  const record = parseRecord(`{"conversation_id":"c","selected_repository":null,${dated}"${field}":${value}}`, { id: 'c', path: 'c' });
  if (record.kind === 'unreadable') {
    return undefined;
  }
  const json = serializeMetadata(record.metadata, []);
  const start = json.indexOf(`"${field}":`) + field.length + 3;
  return json.slice(start, json.indexOf(',"', start));
}

describe('what pydantic makes of a value is made of it', () => {
  it.each(dateTimeCases)('as a datetime: %s', (value, dumped) => {
    expect(readAndWrite('created_at', value)).toBe(dumped);
    expect(readAndWrite('last_updated_at', value)).toBe(value === 'null' ? 'null' : dumped);
  });

  it.each(floatCases)('as a float: %s', (value, dumped) => {
    expect(readAndWrite('accumulated_cost', value)).toBe(dumped);
  });

  it.each(integerCases)('as an integer: %s', (value, dumped) => {
    expect(readAndWrite('prompt_tokens', value)).toBe(dumped);
    expect(readAndWrite('pr_number', `[${value}]`)).toBe(dumped === undefined ? undefined : `[${dumped}]`);
  });
});

describe('where pydantic is not followed', () => {
  it.each([
    ['"inf"', '"Infinity"'],
    ['"-Infinity"', '"-Infinity"'],
    ['"nan"', '"NaN"'],
    ['1e400', '"Infinity"'],
  ])('a cost of %s is written as %s, which pydantic reads', (value, written) => {
    expect(readAndWrite('accumulated_cost', value)).toBe(written);
    expect(readAndWrite('accumulated_cost', written)).toBe(written);
  });

  it('an integer past 2^53 is written as the nearest double, without exponent', () => {
    expect(readAndWrite('prompt_tokens', '123456789012345678901234567890')).toBe('123456789012345677877719597056');
  });

  it('an unknown trigger and an unknown provider are written as they are', () => {
    expect(readAndWrite('trigger', '"carrier_pigeon"')).toBe('"carrier_pigeon"');
    expect(readAndWrite('git_provider', '"forgejo"')).toBe('"forgejo"');
  });
});
