import { type FileStore, hasErrorCode, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { AuditLog } from '../src/audit-log.ts';
import { KeyRing } from '../src/key-ring.ts';
import { FixedKey } from './fixed-key.ts';

const first = 'users/alice/secrets/audit/00000001.jsonl';
const path = 'users/alice/secrets/secrets.json';
const event = { action: 'read', path, names: ['custom_secrets/KEY'] } as const;

let files: FileStore;
let keys: KeyRing;
let log: AuditLog;

function open(store: FileStore = files): AuditLog {
  return new AuditLog({ files: store, keys, userId: 'alice', actor: 'test', now: () => new Date('2026-01-01T00:00:00Z') });
}

async function fill(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await log.record({ ...event, names: [`custom_secrets/KEY_${index}`] });
  }
}

beforeEach(() => {
  files = new MemoryFileStore();
  keys = new KeyRing({ files, wrapper: new FixedKey() });
  log = open();
});

describe('verify', () => {
  async function change(edit: (lines: string[]) => string[]): Promise<void> {
    const lines = (await files.read(first)).trimEnd().split('\n');
    await files.write(first, `${edit(lines).join('\n')}\n`);
  }

  it('finds nothing in an empty log', async () => {
    expect(await log.verify()).toEqual({ entries: 0, head: '0'.repeat(64), unauthenticated: 0, torn: 0 });
    expect(await log.verify({ head: '0'.repeat(64) })).toMatchObject({ entries: 0 });
  });

  it.each<[string, (lines: string[]) => string[], number]>([
    ['an entry was changed', (lines) => lines.with(2, (lines[2] ?? '').replace('KEY_2', 'KEY_9')), 3],
    ['an actor was changed', (lines) => lines.with(0, (lines[0] ?? '').replace('"test"', '"nobody"')), 1],
    ['an entry was removed', (lines) => lines.toSpliced(2, 1), 3],
    ['the first entry was removed', (lines) => lines.slice(1), 1],
    ['an entry was repeated', (lines) => lines.toSpliced(2, 0, lines[1] ?? ''), 3],
    ['two entries were swapped', (lines) => [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)], 1],
    ['an entry is in another spelling', (lines) => lines.with(1, (lines[1] ?? '').replace('"seq":2', '"seq": 2')), 2],
    ['an entry is none', (lines) => lines.with(3, '{}'), 4],
  ])('finds that %s', async (_what, edit, line) => {
    await fill(5);
    await change(edit);
    await expect(log.verify()).rejects.toThrow(`[corrupt] line ${line} of the audit log at "${first}" is not genuine`);
  });

  it('finds a genuine entry that belongs to another past', async () => {
    await fill(2);
    const text = await files.read(first);
    await fill(1);
    const [, , third = ''] = (await files.read(first)).split('\n');
    await files.write(first, text.slice(0, text.indexOf('\n') + 1));
    await log.record({ ...event, action: 'delete' });
    await files.write(first, `${await files.read(first)}${third}\n`);
    await expect(log.verify()).rejects.toThrow('it does not follow the line before');
  });

  it('finds entries of somebody without the key', async () => {
    await fill(2);
    const ring = new KeyRing({ files: new MemoryFileStore(), wrapper: new FixedKey() });
    await ring.seal('text', ['place']);
    await new AuditLog({ files, keys: ring, userId: 'alice' }).record(event);
    expect(await log.verify()).toMatchObject({ entries: 3, unauthenticated: 1 });
    await change((lines) =>
      lines.with(2, (lines[2] ?? '').replace(/"mac":"\w+\./, `"mac":"${/"mac":"(\w+)\./.exec(lines[1] ?? '')?.[1]}.`)),
    );
    await expect(log.verify()).rejects.toThrow('it was changed');
  });

  it('finds that the end was cut off, when it is told what the end was', async () => {
    await fill(3);
    const { head } = await log.verify();
    await fill(2);
    expect(await log.verify({ head })).toMatchObject({ entries: 5 });
    await change((lines) => lines.slice(0, 2));
    expect(await log.verify()).toMatchObject({ entries: 2 });
    await expect(log.verify({ head })).rejects.toThrow('[corrupt] the audit log was cut off');
  });

  it('still knows entries of a key that was retired, and of one that was destroyed their chain', async () => {
    await fill(2);
    const old = (await keys.list())[0]?.id ?? '';
    await keys.addKey();
    await fill(1);
    await keys.disableKey(old);
    expect(await log.verify()).toMatchObject({ entries: 3, unauthenticated: 0 });
    await keys.destroyKey(old);
    expect(await log.verify()).toMatchObject({ entries: 3, unauthenticated: 2 });
  });

  it('reads the ring a few times, however many entries are of keys that are out of use', async () => {
    await fill(20);
    const old = (await keys.list())[0]?.id ?? '';
    await keys.addKey();
    await fill(1);
    let reads = 0;
    const counted = interceptFileStore(files, (operation, at) => {
      reads += operation === 'open' && String(at).endsWith('key-ring.json') ? 1 : 0;
    });
    const verify = async (): Promise<number> => {
      const ring = new KeyRing({ files: counted, wrapper: new FixedKey() });
      return (await new AuditLog({ files, keys: ring, userId: 'alice' }).verify()).unauthenticated;
    };
    await keys.disableKey(old);
    expect(await verify()).toBe(0);
    await keys.destroyKey(old);
    expect(await verify()).toBe(20);
    expect(reads).toBeLessThan(5);
  });

  it('adds nothing to a log whose last line is none', async () => {
    await files.write(first, 'hush\n');
    const error = await log.record(event).catch((reason: unknown) => reason);
    expect(hasErrorCode(error, 'corrupt')).toBe(true);
    expect(String(error)).not.toContain('hush');
    expect(await files.read(first)).toBe('hush\n');
  });

  it('is aborted before and in flight', async () => {
    await fill(1);
    const reason = new Error('enough');
    const stop = new AbortController();
    const hanging = interceptFileStore(files, async () => {
      stop.abort(reason);
      await new Promise((_resolve, reject) => reject(stop.signal.reason));
    });
    await expect(open(hanging).verify({ signal: stop.signal })).rejects.toBe(reason);
    await expect(log.verify({ signal: stop.signal })).rejects.toBe(reason);
    await expect(log.record(event, { signal: stop.signal })).rejects.toBe(reason);
  });
});
