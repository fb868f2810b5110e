import { describe, expect, it } from 'vitest';
import { isRecordFileName, numberedRecord, parseRecord, recordBytes, recordFileName, setNumber } from '../src/numbered-record.ts';

describe('a numbered record', () => {
  it.each([recordBytes, 64 * 1024, 10])('of %i bytes tells its number', (bytes) => {
    expect(numberedRecord(12, bytes)).toHaveLength(bytes);
    expect(parseRecord(numberedRecord(12, bytes), bytes)).toBe(12);
  });

  it('tells another number once that is set', () => {
    expect(parseRecord(setNumber(numberedRecord(1), 999_999_999))).toBe(999_999_999);
  });

  it.each([
    ['cut off', (record: Buffer) => record.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['longer', (record: Buffer) => Buffer.concat([record, record])],
    ['changed in its last byte', (record: Buffer) => Buffer.concat([record.subarray(0, -1), Buffer.from('#')])],
    ['without a number', (record: Buffer) => Buffer.concat([Buffer.from('x'), record.subarray(1)])],
  ])('is none when it is %s', (_, damage) => {
    expect(() => parseRecord(damage(numberedRecord(7)))).toThrow('no whole record');
  });

  it('has a file of its own', () => {
    expect(recordFileName(3)).toBe('event-000000003.json');
    expect(isRecordFileName(recordFileName(1_234_567_890))).toBe(true);
    expect(isRecordFileName(`${recordFileName(3)}.meta.json`)).toBe(false);
  });
});
