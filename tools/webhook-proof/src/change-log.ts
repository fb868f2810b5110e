import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Change } from './change.ts';

/** What a sender has begun, and what of it was acknowledged. */
export interface LoggedChange extends Change {
  readonly isAcknowledged: boolean;
}

/** A file in which a sender says what it begins and what was acknowledged; the kernel keeps it when the process is killed. */
export class ChangeLog {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'a');
  }

  /** Before a change is made. */
  begin({ path, number, kind }: Change): void {
    writeSync(this.#fd, `begin ${path} ${number} ${kind}\n`);
  }

  /** After it was acknowledged. */
  acknowledge({ path, number, kind }: Change): void {
    writeSync(this.#fd, `done ${path} ${number} ${kind}\n`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** All changes that were begun, in the order in which they were. @throws {TypeError} The log has a line that nobody wrote. */
export function readChangeLog(path: string): LoggedChange[] {
  const changes = new Map<string, LoggedChange>();
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [state, file = '', number = '', kind] = line.split(' ');
    if ((kind !== 'write' && kind !== 'delete') || (state !== 'begin' && state !== 'done')) {
      throw new TypeError(`no line of a change log: ${line}`);
    }
    changes.set(`${file} ${number}`, { path: file, number: Number(number), kind, isAcknowledged: state === 'done' });
  }
  return [...changes.values()];
}
