import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openInput } from '../src/open-input.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('an interruption ends the wait for a pipe that nobody writes to', async () => {
  const cwd = await temporaryDirectory();
  await promisify(execFile)('mkfifo', ['pipe'], { cwd });
  const interrupted = new AbortController();
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const opening = openInput({ stdin, stdout, stderr, env: {}, cwd, signal: interrupted.signal }, 'pipe', '');
  const reason = new Error('interrupted');
  interrupted.abort(reason);
  await expect(opening).rejects.toBe(reason);
  // Lets go of the thread that waits.
  await (await open(join(cwd, 'pipe'), constants.O_RDWR)).close();
});
