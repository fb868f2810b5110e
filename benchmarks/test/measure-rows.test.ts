import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measureRows } from '../src/measure-rows.ts';
import { NotMeasuredError } from '../src/not-measured.ts';
import { allRows } from '../src/rows/all-rows.ts';
import type { RowContext } from '../src/rows/row-context.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oh-measure-rows-'));
});

afterEach(() => rm(directory, { recursive: true }));

const said: string[] = [];
const say = (line: string): number => said.push(line);
const options = { say, seconds: 1, full: false, signal: new AbortController().signal };
const finding = { what: 'something', ours: 1, unit: 's' } as const;

test('a row that fails, or that lacks something, says so and leaves the others alone', async () => {
  const measures = {
    ...allRows,
    read: () => Promise.reject(new Error('broken')),
    's3-small': () => Promise.reject(new NotMeasuredError('no server')),
    settings: () => Promise.resolve([finding]),
  };
  const runs = await measureRows(directory, { ...options, rows: ['settings', 's3-small', 'read'], measures });
  expect(runs).toMatchObject([
    { row: 'read', group: 'local', findings: [], failed: expect.stringContaining('Error: broken') },
    { row: 's3-small', group: 's3', findings: [], notMeasured: 'no server' },
    { row: 'settings', group: 'settings', findings: [finding] },
  ]);
  expect(said.join('')).toMatch(/read: failed: Error: broken.*s3-small: not measured: no server; \d.*\nsettings: \d/su);
});

test('each row has a directory of its own, and leaves nothing behind', async () => {
  const seen: RowContext[] = [];
  const look = async (context: RowContext): Promise<[]> => {
    seen.push(context);
    expect(await readdir(directory)).toHaveLength(1);
    return [];
  };
  const measures = { ...allRows, read: look, settings: look };
  await measureRows(directory, { ...options, full: true, rows: ['settings', 'read'], measures });
  expect(seen).toMatchObject([
    { directory: join(directory, 'read'), seconds: 1, full: true },
    { directory: join(directory, 'settings'), seconds: 1, full: true },
  ]);
  expect(await readdir(directory)).toEqual([]);
});

test('an abort ends the run with its reason, whatever the row says', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const measures = {
    ...allRows,
    read: () => {
      stop.abort(reason);
      return Promise.reject(new Error('some other error'));
    },
  };
  await expect(measureRows(directory, { ...options, signal: stop.signal, rows: ['read', 'settings'], measures })).rejects.toBe(reason);
});
