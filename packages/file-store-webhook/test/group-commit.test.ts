import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../src/group-commit.ts';
import { ManualClock } from './manual-clock.ts';

/** Commits that end when they are told to. */
function gatedCommits() {
  const groups: { readonly lines: string; readonly end: (error?: Error) => void }[] = [];
  const commit = async (lines: string): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    groups.push({ lines, end: (error) => (error === undefined ? resolve() : reject(error)) });
    await promise;
  };
  return { groups, commit };
}

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('writes one group at a time, and all that comes meanwhile together, in order', async () => {
    const { groups, commit } = gatedCommits();
    const group = new GroupCommit(commit, new ManualClock());
    const added = ['1', '2', '3'].map((line) => group.add(line));
    group.note('4');
    await turn();
    expect(groups.map(({ lines }) => lines)).toEqual(['1']);
    groups[0]?.end();
    await added[0];
    await turn();
    expect(groups.map(({ lines }) => lines)).toEqual(['1', '234']);
    groups[1]?.end();
    await Promise.all(added);
  });

  it('fails those who wait, and writes their lines and those nobody waits for again, before all later ones', async () => {
    const { groups, commit } = gatedCommits();
    const group = new GroupCommit(commit, new ManualClock());
    group.note('noted;');
    const failing = group.add('waited for;');
    const later = group.add('later;');
    const error = new Error('full');
    groups[0]?.end(error);
    await expect(failing).rejects.toBe(error);
    await turn();
    expect(groups[1]?.lines).toBe('noted;waited for;later;');
    groups[1]?.end();
    await later;
  });

  it('writes lines nobody waits for after a moment, and at the end', async () => {
    const { groups, commit } = gatedCommits();
    const clock = new ManualClock();
    const group = new GroupCommit(commit, clock);
    group.note('1');
    expect(groups).toEqual([]);
    clock.advance(100);
    expect(groups.map(({ lines }) => lines)).toEqual(['1']);
    groups[0]?.end();
    await turn();
    group.note('2');
    const ending = group.end();
    await turn();
    groups[1]?.end();
    await ending;
    expect(groups.map(({ lines }) => lines)).toEqual(['1', '2']);
    expect(clock.delays).toEqual([]);
  });

  it('writes nothing after a moment in which all lines went with those that were waited for', async () => {
    const { groups, commit } = gatedCommits();
    const clock = new ManualClock();
    const group = new GroupCommit(commit, clock);
    group.note('1');
    const added = group.add('2');
    groups[0]?.end();
    await added;
    await turn();
    clock.advance(100);
    expect(groups.map(({ lines }) => lines)).toEqual(['12']);
    group.note('3');
    clock.advance(100);
    expect(groups.map(({ lines }) => lines)).toEqual(['12', '3']);
    groups[1]?.end();
    await turn();
  });

  it('waits longer before it writes again what could not be written, and no more after it was stopped', async () => {
    const { groups, commit } = gatedCommits();
    const clock = new ManualClock();
    const group = new GroupCommit(commit, clock);
    const failing = group.add('1');
    const error = new Error('full');
    groups[0]?.end(error);
    await expect(failing).rejects.toBe(error);
    expect([group.hasFailed, clock.delays]).toEqual([true, [5_000]]);
    clock.advance(5_000);
    expect(groups[1]?.lines).toBe('1');
    groups[1]?.end(error);
    await turn();
    group.stop(new Error('closed'));
    expect(clock.delays).toEqual([]);
  });

  it('writes nothing after it was stopped', async () => {
    const { groups, commit } = gatedCommits();
    const group = new GroupCommit(commit, new ManualClock());
    const error = new Error('taken over');
    group.stop(error);
    group.note('1');
    await expect(group.add('2')).rejects.toBe(error);
    await group.end();
    expect(groups).toEqual([]);
  });

  it('keeps nobody believing that what was dropped at the stop is written', async () => {
    const { groups, commit } = gatedCommits();
    const group = new GroupCommit(commit, new ManualClock());
    const running = group.add('running;');
    const waiting = group.add('waiting;');
    await turn();
    const error = new Error('stopped');
    group.stop(error);
    await expect(waiting).rejects.toBe(error);
    groups[0]?.end();
    await running;
    await turn();
    expect(groups.map(({ lines }) => lines)).toEqual(['running;']);
  });
});
