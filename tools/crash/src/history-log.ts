import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Contents, kindOf, type Operation } from './history.ts';
import type { Tenure } from './history-tenures.ts';

/** What all processes wrote down. */
export interface History {
  readonly operations: readonly Operation[];
  readonly tenures: readonly Tenure[];
}

/** Nanoseconds on the monotonic clock, which is one for all processes of a machine. Where a number is too coarse for them, it keeps their order. */
export function readClock(): number {
  return Number(process.hrtime.bigint());
}

/**
 * What one process does, written to a file of its own: each call before it begins, each answer when it came.
 *
 * The kernel keeps what a process has written when it is killed; a line that was cut short is one that was never written.
 *
 * A line is one of `read <call> <at> <path>`, `change <call> <at> <path> <expected> <replacement>`, `done <call> <at> <contents>`,
 * `refused <call> <at>`, `held <lease> <at> <path> <token>` and `released <lease>`; `-` stands for no file.
 */
export class HistoryLog {
  readonly #fd: number;
  #numbers = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'a');
  }

  /** A number that nothing else in this log has. */
  newNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** A read begins. @returns Its number. */
  read(path: string): number {
    const call = this.newNumber();
    this.#write(`read ${call} ${readClock()} ${path}`);
    return call;
  }

  /** A change begins. @returns Its number. */
  change(path: string, expected: Contents, replacement: Contents): number {
    const call = this.newNumber();
    this.#write(`change ${call} ${readClock()} ${path} ${expected ?? '-'} ${replacement ?? '-'}`);
    return call;
  }

  /** The file was as expected; a read found `contents`. */
  done(call: number, contents: Contents): void {
    this.#write(`done ${call} ${readClock()} ${contents ?? '-'}`);
  }

  /** The file was something else. */
  refused(call: number): void {
    this.#write(`refused ${call} ${readClock()}`);
  }

  /** The lease was still held at this time. @param lease What {@link newNumber} gave for this acquisition. */
  held(lease: number, at: number, path: string, token: number): void {
    this.#write(`held ${lease} ${at} ${path} ${token}`);
  }

  /** The lease is about to be given up. */
  released(lease: number): void {
    this.#write(`released ${lease}`);
  }

  #write(line: string): void {
    writeSync(this.#fd, `${line}\n`);
  }
}

/** Reads all logs of a directory. @throws {Error} For a line that no log has. */
export function readHistory(directory: string): History {
  const operations: Operation[] = [];
  const tenures: Tenure[] = [];
  for (const name of readdirSync(directory)) {
    const log = parseLog(name, readFileSync(join(directory, name), 'utf8'));
    operations.push(...log.operations);
    tenures.push(...log.tenures);
  }
  return { operations, tenures };
}

function parseLog(caller: string, text: string): History {
  const operations = new Map<string, Operation>();
  const tenures = new Map<string, Tenure>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [kind = '', number = '', at, ...rest] = line.split(' ');
    const operation = parseOperation(kind, caller, Number(at), rest, operations.get(number));
    const tenure = parseTenure(kind, caller, Number(at), rest, tenures.get(number));
    if (operation !== undefined) {
      operations.set(number, operation);
    } else if (tenure !== undefined) {
      tenures.set(number, tenure);
    } else {
      throw new Error(`${caller} has the line ${JSON.stringify(line)}`);
    }
  }
  return { operations: [...operations.values()], tenures: [...tenures.values()] };
}

type Parts = readonly string[];

function parseOperation(kind: string, caller: string, at: number, parts: Parts, known: Operation | undefined): Operation | undefined {
  if (kind === 'read' || kind === 'change') {
    const [path = '', expected, replacement] = parts;
    const contents = { expected: toContents(expected), replacement: toContents(replacement) };
    return { path, caller, ...contents, outcome: 'open', calledAt: at, answeredAt: Number.POSITIVE_INFINITY };
  }
  if (known === undefined || (kind !== 'done' && kind !== 'refused')) {
    return undefined;
  }
  const found = toContents(parts[0]);
  const contents = kindOf(known) === 'read' ? { expected: found, replacement: found } : {};
  return { ...known, ...contents, outcome: kind, answeredAt: at };
}

function parseTenure(kind: string, holder: string, at: number, parts: Parts, known: Tenure | undefined): Tenure | undefined {
  if (kind === 'held') {
    const [path = '', token] = parts;
    return { path, holder, token: Number(token), heldFrom: known?.heldFrom ?? at, heldUntil: at, isReleased: false };
  }
  return kind === 'released' && known !== undefined ? { ...known, isReleased: true } : undefined;
}

function toContents(field: string | undefined): Contents {
  return field === '-' ? undefined : field;
}
