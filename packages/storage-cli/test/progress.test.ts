import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { Progress } from '../src/progress.ts';
import { progressLine } from '../src/progress-line.ts';

afterEach(() => void vi.useRealTimers());

test('a line says how much is done, how fast, and how long it will take', () => {
  const done = { files: 250, bytes: 5 * 1024 * 1024 };
  const state = { label: 'copying', elapsedMs: 10_000, done, total: undefined };
  expect(progressLine(state)).toBe('copying 250 files  5.0 MiB  512 KiB/s');
  expect(progressLine({ ...state, total: { files: 1000, bytes: 10 * 1024 * 1024 } })).toBe(
    'copying 25%  250/1000 files  5.0 MiB/10 MiB  512 KiB/s  30s left',
  );
  expect(progressLine({ ...state, total: done })).toBe('copying 100%  250/250 files  5.0 MiB/5.0 MiB  512 KiB/s  0s left');
  expect(progressLine({ ...state, elapsedMs: 0, done: { files: 0, bytes: 0 }, total: done })).toBe('copying 0%  0/250 files  0 B/5.0 MiB');
  expect(progressLine({ ...state, total: { files: 0, bytes: 0 } })).toContain('100%');
});

test('on a terminal there is a bar, no wider than it', () => {
  const state = { label: 'copying', elapsedMs: 1000, done: { files: 1, bytes: 1 }, total: { files: 2, bytes: 2 } };
  expect(progressLine(state, 200)).toBe('copying [==========          ] 50%  1/2 files  1 B/2 B  1 B/s  1s left');
  expect(progressLine(state, 30)).toHaveLength(30);
});

test('where there is no terminal a line a second is written, and none after the end', async () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const options = { stream: new PassThrough(), note: (line: string) => void lines.push(line), now: () => Date.now() };
  const progress = await Progress.start('copying', options);
  expect(progress.isShown).toBe(true);
  progress.update({ files: 3, bytes: 2048 });
  vi.advanceTimersByTime(999);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(1001);
  expect(lines).toEqual(['[progress] copying 3 files  2.0 KiB  2.0 KiB/s', '[progress] copying 3 files  2.0 KiB  1.0 KiB/s']);
  progress.note('between');
  progress.stop();
  progress.stop();
  vi.advanceTimersByTime(5000);
  expect(lines).toHaveLength(3);
  expect(progress.isShown).toBe(false);
});

test('a bar on a terminal is redrawn, makes room for notes, and is removed at the end', async () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  let written = '';
  stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const progress = await Progress.start('copying', { stream, note: (line) => void stream.write(`${line}\n`) });
  progress.update({ files: 1, bytes: 1 });
  progress.note('a note');
  progress.stop();
  await nextTurn();
  expect(written).toContain('copying [');
  expect(written).toContain('\r\u001b[Ka note\n');
  expect(written.endsWith('\u001b[K') || written.endsWith('\u001b[2K') || written.endsWith('\u001b[0K')).toBe(true);
});

test('quiet shows nothing', async () => {
  const lines: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const progress = await Progress.start('copying', { stream, note: (line) => void lines.push(line), quiet: true });
  expect(progress.isShown).toBe(false);
  progress.update({ files: 1, bytes: 1 });
  progress.stop();
  expect(stream.read()).toBeNull();
  expect(lines).toEqual([]);
});
