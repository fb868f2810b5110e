import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fsync, openFileSync } from './descriptors.ts';
import { FlushNotBegun } from './flush-not-begun.ts';
import { errnoOf } from './local-error.ts';

/**
 * Node has no syncfs(2), and starting a program takes this process milliseconds: so one shell starts `sync` for every line it reads, and answers with what came of it.
 * Ctrl-C is for the program that it works for, with which it ends.
 */
const script = `
trap '' INT TERM HUP
case $(sync --version 2>&1) in 'sync (GNU coreutils) '*) ;; *) exit 1 ;; esac
while read -r _; do said=$(sync -f -- "$1" 2>&1); echo "$? $said"; done`;

/** Flushes file systems with the `sync` of GNU coreutils. */
export class SyncProgram {
  readonly #directory: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  #answers = '';
  #answer: ((answer: string) => void) | undefined;
  #hasEnded = false;
  #last: Promise<void> = Promise.resolve();

  /** Starts it. @param directory Any that is there, of the file system. */
  constructor(directory: string) {
    this.#directory = directory;
    // What the rest of the environment holds is no matter of theirs.
    const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
    this.#child = spawn('sh', ['-c', script, 'sh', directory], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const { stdin, stdout } = this.#child;
    const end = (): void => {
      this.#hasEnded = true;
      this.#answer?.('');
    };
    this.#ended = once(this.#child, 'close').then(end, end);
    // That it has ended says it all.
    stdin.on('error', () => undefined);
    stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#keepProcess(false);
  }

  /**
   * Makes everything durable that has been written to the file system: contents, and names.
   *
   * @throws {Error} With `code` `ENOSPC`, `EDQUOT` or else `EIO`, when anything could not be written.
   * @throws {FlushNotBegun} When the directory cannot be opened, or the program has ended before.
   */
  async flush(): Promise<void> {
    const flushed = this.#last.then(() => this.#flush());
    this.#last = flushed.catch(() => undefined);
    await flushed;
  }

  /** Ends it; more than once is no error. */
  async close(): Promise<void> {
    this.#last = this.#last.then(() => this.#end());
    await this.#last;
  }

  async #end(): Promise<void> {
    this.#keepProcess(true);
    this.#child.stdin.end();
    await this.#ended;
  }

  async #flush(): Promise<void> {
    if (this.#hasEnded) {
      throw new FlushNotBegun('the program that flushes the file system has ended');
    }
    const fd = this.#open();
    try {
      await this.#ask();
      // ext2, and ext4 without a journal, write names last, and tell the disk's cache nothing of them; before Linux 5.17 syncfs hid errors of the journal.
      await fsync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #open(): number {
    try {
      return openFileSync(this.#directory, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (cause) {
      throw new FlushNotBegun(`${JSON.stringify(this.#directory)} cannot be opened (${errnoOf(cause)})`, { cause });
    }
  }

  async #ask(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#answer = resolve;
    this.#keepProcess(true);
    try {
      this.#child.stdin.write('\n');
      const answer = await promise;
      if (answer !== '0') {
        throw toFlushError(answer);
      }
    } finally {
      this.#keepProcess(false);
    }
  }

  #read(text: string): void {
    this.#answers += text;
    if (this.#answers.endsWith('\n')) {
      this.#answer?.(this.#answers.trimEnd());
      this.#answers = '';
    }
  }

  /** It keeps this process from ending only while something is flushed. */
  #keepProcess(keeps: boolean): void {
    const { stdin, stdout } = this.#child;
    for (const each of [this.#child, stdin, stdout]) {
      if (each === this.#child || each instanceof Socket) {
        each[keeps ? 'ref' : 'unref']();
      }
    }
  }
}

/** The program tells the number of the error by its text alone. @see https://man7.org/linux/man-pages/man3/strerror.3.html */
function toFlushError(answer: string): Error {
  const [, told = 'the program that flushes the file system has ended'] = /^\d+ (.+)$/s.exec(answer) ?? [];
  if (told.startsWith('sync: error opening ')) {
    return new FlushNotBegun(told);
  }
  const code = told.endsWith(': No space left on device') ? 'ENOSPC' : told.endsWith(': Disk quota exceeded') ? 'EDQUOT' : 'EIO';
  return Object.assign(new Error(told), { code });
}
