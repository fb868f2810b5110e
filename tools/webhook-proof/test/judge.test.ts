import { expect, test } from 'vitest';
import { contentsOf } from '../src/change.ts';
import type { LoggedChange } from '../src/change-log.ts';
import { type Evidence, judge } from '../src/judge.ts';
import type { Told } from '../src/told.ts';

const write = (path: string, number: number, isAcknowledged = true): LoggedChange => ({ path, number, kind: 'write', isAcknowledged });
const remove = (path: string, number: number): LoggedChange => ({ path, number, kind: 'delete', isAcknowledged: true });
const post = (path: string, number: number, id = `${path}-${number}`): Told => ({
  id,
  items: [{ method: 'POST', path, content: contentsOf(write(path, number)) }],
});
const del = (path: string, id = `delete-${path}`): Told => ({ id, items: [{ method: 'DELETE', path }] });
const files = (...changes: readonly LoggedChange[]): Map<string, string> =>
  new Map(changes.map((change) => [change.path, contentsOf(change)]));

const sound: Evidence = {
  changes: [write('d/a', 1), write('d/b', 2), remove('d/a', 3), write('d/a', 4), remove('d', 5), write('d/b', 6)],
  told: [post('d/a', 1), post('d/b', 2), del('d/a'), post('d/a', 4), del('d'), post('d/b', 6)],
  files: files(write('d/b', 6)),
  coalesces: false,
};

test('finds nothing where everything was told in order', () => {
  expect(judge(sound)).toMatchObject({ faults: [], acknowledged: 6, requests: 6, repeated: 0, extra: 0 });
});

test('takes a repetition for what it is, and what was not acknowledged for something extra', () => {
  const told = [...sound.told.slice(0, 2), ...sound.told, post('d/b', 7)];
  const evidence = { ...sound, changes: [...sound.changes, write('d/b', 7, false)], told, files: files(write('d/b', 7)) };
  expect(judge(evidence)).toMatchObject({ faults: [], repeated: 2, extra: 1, unacknowledged: 1 });
});

test.each(sound.told.map((_, i) => i))('finds that request %d is missing', (missing) => {
  const { faults } = judge({ ...sound, told: sound.told.filter((_, i) => i !== missing) });
  expect(faults.join()).toMatch(/lost/);
});

test('finds an id that came with two requests', () => {
  const told = [...sound.told, { ...del('d/b'), id: 'd/a-1' }];
  expect(judge({ ...sound, told }).faults).toEqual(['changed: d/a-1 came with two requests']);
});

test('finds a write that was overtaken, coalesced or not', () => {
  const told = [...sound.told, post('d/b', 2, 'another')];
  for (const coalesces of [false, true]) {
    expect(judge({ ...sound, told, coalesces }).faults.join()).toMatch(/overtaken: d\/b 2.*different: d\/b/);
  }
});

test('finds that a delete and a write changed places', () => {
  const told = [post('d/a', 1), post('d/b', 2), post('d/a', 4), del('d/a'), del('d'), post('d/b', 6)];
  expect(judge({ ...sound, told }).faults).toEqual([expect.stringMatching(/^lost: d\/a 4/)]);
});

test('lets the last write of a path stand for all, where it may; what is missing at the end is found', () => {
  const changes = [write('d/a', 1), write('d/a', 2)];
  const evidence = { changes, told: [post('d/a', 2)], files: files(write('d/a', 2)), coalesces: true };
  expect(judge(evidence).faults).toEqual([]);
  expect(judge({ ...evidence, told: [post('d/a', 1)] }).faults).toEqual([
    'different: d/a is number 2 in the store, number 1 at the receiver',
  ]);
});

test('finds contents that nobody wrote', () => {
  const told = [...sound.told, { id: 'x', items: [{ method: 'POST' as const, path: 'd/b', content: 'd/b:9:torn' }] }];
  expect(judge({ ...sound, told }).faults.join()).toMatch(/overtaken: d\/b NaN/);
});
