import { sep } from 'node:path';
import { isError } from '@oh/file-store-core';
import { closeQuietly } from './descriptors.ts';

/**
 * A directory for system calls.
 *
 * With a descriptor it stays the one it is, whatever others do to its path meanwhile: the kernel resolves `/proc/self/fd/{n}/{name}` from the
 * descriptor. Without one it is its path.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
export class HeldDirectory {
  /** The path that people know. */
  readonly absolute: string;
  /** A path of the directory itself. */
  readonly self: string;
  readonly #fd: number | undefined;
  #users = 1;

  constructor(absolute: string, fd?: number) {
    this.absolute = absolute;
    this.self = fd === undefined ? absolute : `/proc/self/fd/${fd}`;
    this.#fd = fd;
  }

  /** A path of one of its entries. */
  entry(name: string): string {
    return `${this.self}${sep}${name}`;
  }

  /** The same error, that of a system call in the words of the path that people know. Others, such as the reason of an abort, are not ours to change. */
  explain(error: unknown): unknown {
    if (this.#fd !== undefined && isError(error) && 'syscall' in error) {
      error.message = this.#translate(error.message);
      if ('path' in error && typeof error.path === 'string') {
        error.path = this.#translate(error.path);
      }
    }
    return error;
  }

  /** Gives it to so many, each of whom is to {@link release} it. */
  shareAmong(users: number): this {
    this.#users = users;
    return this;
  }

  /** Closes the descriptor, after the last who has it. */
  release(): void {
    this.#users -= 1;
    if (this.#fd !== undefined && this.#users === 0) {
      closeQuietly(this.#fd);
    }
  }

  #translate(text: string): string {
    return text.replaceAll(new RegExp(`${this.self}(?!\\d)`, 'g'), () => this.absolute);
  }
}
