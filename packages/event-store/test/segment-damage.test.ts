import { inspect } from 'node:util';
import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { withoutAppend } from './event-stores.ts';
import { readIds } from './read-all.ts';
import { directory, growSegments, manifest, openSegments, slot, upTo } from './segments.ts';
import { withCode } from './with-code.ts';

describe('a log in segments', () => {
  let memory: MemoryFileStore;
  let files: FileStore;

  beforeEach(() => {
    memory = new MemoryFileStore();
    files = withoutAppend(memory);
  });

  const open = (over: FileStore = files) => openSegments(over);
  const grow = (count: number) => growSegments(files, count);

  it('reports what cannot be read in such a file of lines', async () => {
    const line = (id: number): string => `{"id":${id},"timestamp":"t"}\n`;
    await memory.write('conversations/c1/events.json', `${line(0)}bad\nbad\n${line(3)}`);
    await grow(2);
    for (const reverse of [false, true]) {
      const events = open().search({ reverse });
      expect(await readIds(events)).toEqual(reverse ? [5, 4, 3, 0] : [0, 3, 4, 5]);
      expect(events.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([[1, 2]]);
    }
  });

  it.each(['', 'garbage', 'garbage\n'])('goes on behind a last segment that is damaged: %j', async (text) => {
    await grow(2);
    const store = open();
    expect(await store.latestId()).toBe(1);
    await files.write(slot(2), text);
    expect(await store.append({ n: 'next' })).toMatchObject({ id: 3 });
    expect(await open().append({ n: 'after' })).toMatchObject({ id: 4 });
    await files.write(slot(5), text);
    expect(await open().append({ n: 'last' })).toMatchObject({ id: 6 });
    const stream = open().search();
    expect(await readIds(stream)).toEqual([0, 1, 3, 4, 6]);
    expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([
      [2, 2],
      [5, 5],
    ]);
  });

  it('knows the fencing token of merged events, also behind a last segment that is damaged', async () => {
    const store = open();
    for (let n = 0; n < 40; n += 1) {
      await store.append({ n }, { fencingToken: 7 });
    }
    await store.close();
    expect(JSON.parse(await files.read(manifest))).toMatchObject({ fencing_token: 7 });
    await files.write(slot(39), 'garbage');
    await expect(open().append({}, { fencingToken: 6 })).rejects.toEqual(withCode('version-mismatch'));
    expect(await open().append({})).toMatchObject({ id: 40, fencing_token: 7 });
  });

  it('reports segments that are damaged or gone, and hides nothing else', async () => {
    await grow(6);
    await files.write(slot(2), 'garbage');
    await files.delete(slot(4));
    const stream = open().search();
    expect(await readIds(stream)).toEqual([0, 1, 3, 5]);
    expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([
      [2, 2],
      [4, 4],
    ]);
    await expect(open().get(4)).rejects.toEqual(withCode('corrupt'));
    await grow(70);
    const merged = open().search({ reverse: true });
    expect(await readIds(merged)).toEqual(
      upTo(76)
        .filter((id) => id !== 2 && id !== 4)
        .reverse(),
    );
    expect(merged.unreadable.map(({ first_id }) => first_id)).toEqual([4, 2]);
  });

  it('reports a merged segment that is damaged', async () => {
    await grow(70);
    const [path = ''] = await files.list(`${directory}/merged`);
    const bytes = Buffer.from(await files.readBytes(path));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await files.write(path, bytes);
    const { boundary } = JSON.parse(await files.read(manifest));
    const stream = open().search();
    expect(await readIds(stream)).toEqual(upTo(70).slice(boundary));
    expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([[0, boundary - 1]]);
    expect(await open().append({})).toMatchObject({ id: 70 });
  });

  it('takes no failure to read a segment for its absence', async () => {
    await grow(40);
    const [{ path: merged }] = JSON.parse(await files.read(manifest)).segments;
    for (const closed of [`conversations/c1/${merged}`, slot(39)]) {
      const failing = interceptFileStore(files, (operation, path) => {
        if (operation === 'open' && path === closed) {
          throw new FileStoreError('permission-denied', 'it belongs to root', { path: closed });
        }
      });
      const stream = open(failing).search();
      await expect(readIds(stream)).rejects.toEqual(withCode('permission-denied'));
      expect(stream.unreadable).toEqual([]);
    }
  });

  it('adds nothing when the manifest cannot be read', async () => {
    await grow(3);
    const segment = { path: 'events/merged/1-0-1.jsonl.zst', first_id: 0, end_id: 1, size: 1 };
    const whole = { format: 1, sequence: 1, boundary: 0, fencing_token: 0, segments: [] };
    const damaged: readonly object[] = [
      { format: 2 },
      { sequence: -1 },
      { boundary: '0' },
      { boundary: 0.5 },
      { fencing_token: null },
      { segments: { length: 0, map: 0 } },
      ...[null, 1, [], { ...segment, path: 1 }, { ...segment, first_id: -1 }, { ...segment, size: 2 ** 53 }].map((each) => ({
        segments: [each],
      })),
    ];
    for (const text of ['{', '[]', 'null', ...damaged.map((fields) => JSON.stringify({ ...whole, ...fields }))]) {
      await files.write(manifest, text);
      await expect(open().append({})).rejects.toThrow(`[corrupt] the manifest at "${manifest}" cannot be read`);
      await expect(readIds(open().search())).rejects.toEqual(withCode('corrupt'));
    }
    await files.write(manifest, 'canary');
    expect(inspect(await readIds(open().search()).catch((error: unknown) => error), { showHidden: true })).not.toContain('canary');
    await files.delete(manifest);
    expect(await readIds(open().search())).toEqual([0, 1, 2]);
  });

  it('says of a merged segment that is gone which events are missing, and goes on', async () => {
    await grow(70);
    const { boundary, segments } = JSON.parse(await files.read(manifest));
    expect(segments).toHaveLength(1);
    await files.delete(`conversations/c1/${segments[0].path}`);
    for (const reverse of [false, true]) {
      const stream = open().search({ reverse });
      expect((await readIds(stream)).sort((a, b) => a - b)).toEqual(upTo(70).slice(boundary));
      expect(stream.unreadable.map(({ first_id, last_id }) => [first_id, last_id])).toEqual([[0, boundary - 1]]);
    }
    await expect(open().get(3)).rejects.toEqual(withCode('corrupt'));
    expect(await open().append({}, { operationId: 'op' })).toMatchObject({ id: 70 });
  });
});
