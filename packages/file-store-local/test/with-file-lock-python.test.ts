import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPython } from '@oh-tools/programs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { withFileLock } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

const scripts = {
  python: fileURLToPath(new URL('python-locks.py', import.meta.url)),
  node: fileURLToPath(new URL('file-lock-worker.ts', import.meta.url)),
};
const python = findPython('import fcntl, filelock');
const methods = ['flock', 'filelock'] as const;
const onWindows = process.platform === 'win32';

const missing = onWindows ? 'Windows has no flock' : 'there is no python3 with the package filelock';
/** In CI a missing Python fails the cases; everywhere else it skips them. */
const isSkipped = python === undefined && !(process.env['CI'] === 'true' && !onWindows);

type Child = ChildProcessByStdio<Writable, Readable, null>;

function startPython(...args: string[]): Child {
  return start(python ?? '', [scripts.python, ...args]);
}

function startNode(...args: string[]): Child {
  return start(process.execPath, ['--conditions=@oh/source', scripts.node, ...args]);
}

function start(program: string, args: readonly string[]): Child {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Waits until the process says `line`. */
async function says(child: Child, line: string): Promise<Child> {
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  expect(value).toBe(line);
  return child;
}

/** What Python says of the lock: `locked`, when it could take it, or `busy`. */
async function tryInPython(method: string, lock: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python ?? '', [scripts.python, 'try', method, lock]);
  return stdout.trim();
}

async function succeeds(child: Child): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
}

function newLock(): string {
  return join(temporaryDirectory(), '.settings.lock');
}

describe.skipIf(isSkipped)(`locks shared with Python${isSkipped ? ` (skipped: ${missing})` : ''}`, { timeout: 120_000 }, () => {
  beforeEach(() => expect(python, missing).toBeDefined());

  describe.each(methods)('%s', (method) => {
    it('does not get what withFileLock holds, and gets it afterwards', async () => {
      const lock = newLock();
      expect(await withFileLock(lock, () => tryInPython(method, lock))).toBe('busy');
      expect(await tryInPython(method, lock)).toBe('locked');
    });

    it('keeps withFileLock waiting, up to its timeout, until it lets go', async () => {
      const lock = newLock();
      const holder = await says(startPython('hold', method, lock), 'locked');
      const refused = { code: 'timeout', retryable: true, path: lock, message: expect.stringContaining(JSON.stringify(lock)) };
      await expect(withFileLock(lock, async () => 'done', { timeoutMs: 100 })).rejects.toMatchObject(refused);
      await expect(withFileLock(lock, async () => 'done', { timeoutMs: 0 })).rejects.toMatchObject(refused);
      const waiting = withFileLock(lock, async () => 'done');
      holder.stdin?.end();
      expect(await waiting).toBe('done');
    });

    it('lets go when it is killed', async () => {
      const lock = newLock();
      const holder = await says(startPython('hold', method, lock), 'locked');
      const waiting = withFileLock(lock, async () => 'done');
      holder.kill('SIGKILL');
      expect(await waiting).toBe('done');
    });

    it('gets the lock of a process that is killed in withFileLock', async () => {
      const lock = newLock();
      const holder = await says(startNode('hold', lock), 'locked');
      expect(await tryInPython(method, lock)).toBe('busy');
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(await tryInPython(method, lock)).toBe('locked');
      expect(await withFileLock(lock, async () => 'done', { timeoutMs: 0 })).toBe('done');
    });

    it('ends its waiting at an abort of withFileLock, with its reason', async () => {
      const lock = newLock();
      await says(startPython('hold', method, lock), 'locked');
      const controller = new AbortController();
      const waiting = withFileLock(lock, async () => 'done', { signal: controller.signal });
      const reason = new Error('stopped waiting');
      setImmediate(() => controller.abort(reason));
      await expect(waiting).rejects.toBe(reason);
    });
  });

  it('loses no increment among two processes of Node and one of each method', async () => {
    const lock = newLock();
    const counter = `${lock}.counter`;
    writeFileSync(counter, '0');
    const each = 250;
    const args = [lock, counter, `${each}`] as const;
    // Nobody begins before all are there.
    const ends = await withFileLock(lock, async () => {
      const children = [
        startNode('increment', ...args),
        startNode('increment', ...args),
        ...methods.map((method) => startPython('increment', method, ...args)),
      ];
      const succeeding = children.map(succeeds);
      await Promise.all(children.map((child) => says(child, 'ready')));
      expect(readFileSync(counter, 'utf8')).toBe('0');
      return succeeding;
    });
    await Promise.all(ends);
    expect(readFileSync(counter, 'utf8')).toBe(`${each * ends.length}`);
  });
});
