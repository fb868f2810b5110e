import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updateFile } from '@oh/file-store-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kindOf } from '../src/history.ts';
import { HistoryLog, readHistory } from '../src/history-log.ts';
import { HistoryStore } from '../src/history-store.ts';
import { checkLinearizability } from '../src/linearizability.ts';

let directory: string;
let logs: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oh-history-'));
  logs = mkdtempSync(join(directory, 'logs-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('a call without an answer is open, and a line that was cut short was never written', () => {
  const log = new HistoryLog(join(logs, 'a'));
  log.done(log.read('seen'), 'x');
  log.change('open', 'x', undefined);
  appendFileSync(join(logs, 'a'), 'done 2 1');
  const [seen, open] = readHistory(logs).operations;
  expect(seen).toMatchObject({ path: 'seen', caller: 'a', expected: 'x', replacement: 'x', outcome: 'done' });
  expect(open).toMatchObject({
    path: 'open',
    expected: 'x',
    replacement: undefined,
    outcome: 'open',
    answeredAt: Number.POSITIVE_INFINITY,
  });
});

test('a line that no log has is refused', () => {
  appendFileSync(join(logs, 'a'), 'done 1 1 x\n');
  expect(() => readHistory(logs)).toThrow('a has the line "done 1 1 x"');
});

test('a lease is held from the first to the last time it was written down', () => {
  const log = new HistoryLog(join(logs, 'a'));
  log.held(1, 10, 'lease', 7);
  log.held(1, 30, 'lease', 7);
  log.held(2, 40, 'lease', 8);
  log.released(2);
  expect(readHistory(logs).tenures).toEqual([
    { path: 'lease', holder: 'a', token: 7, heldFrom: 10, heldUntil: 30, isReleased: false },
    { path: 'lease', holder: 'a', token: 8, heldFrom: 40, heldUntil: 40, isReleased: true },
  ]);
});

test('a store writes down what is done by it and by updateFile, each with what it expected', async () => {
  const store = new HistoryStore({ root: join(directory, 'root') }, new HistoryLog(join(logs, 'a')));
  await updateFile(store, 'file', () => 'one');
  const { version } = (await store.open('file')).info;
  const second = await store.write('file', 'two', { ifVersion: version });
  await store.write('file', 'three', { ifVersion: second.version });
  await expect(store.delete('file', { ifVersion: version })).rejects.toThrow('version-mismatch');
  await expect(store.write('file', 'four', { ifAbsent: true })).rejects.toThrow('already-exists');
  await expect(store.write('file', 'five')).rejects.toThrow(TypeError);
  await store.close();
  const { operations } = readHistory(logs);
  const told = operations.map((operation) => `${kindOf(operation)} ${operation.outcome}`);
  expect(told).toEqual(['read done', 'create done', 'read done', 'replace done', 'replace done', 'delete refused', 'create refused']);
  expect(checkLinearizability(operations).fault).toBeUndefined();
});
