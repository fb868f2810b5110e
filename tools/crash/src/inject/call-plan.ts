import { concerns, parseTrace, type SystemCall, signatureOf } from './system-call.ts';
import type { ThreadName, WorkerProcess } from './worker-process.ts';

/** One system call of an operation that can be made to fail. */
export interface CallPoint {
  readonly thread: ThreadName;
  /** The name of the call. */
  readonly name: string;
  /** The how-manieth of that name on that thread, from 1. */
  readonly count: number;
  /** What it is about, to recognise it. */
  readonly signature: string;
  /** Whether a kill here may find the disk otherwise than one at the call before: that one was no mere look. */
  readonly isAfterChange: boolean;
}

/** Calls that leave files as they are. An `openat` is one of them unless it may make or empty a file. */
const looks =
  /^(?:(?:new)?fstat(?:at|fs)?|l?stat|statx|statfs|access|faccessat2?|readlink(?:at)?|getdents64|p?read(?:64|v|v2)?|lseek|close|fcntl|flock)$/;

function isLook({ name, text }: SystemCall): boolean {
  return looks.test(name) || (/^open(?:at2?)?$/.test(name) && !/O_CREAT|O_TRUNC/.test(text));
}

/**
 * Picks out of the log of a whole process what concerns the store.
 *
 * @throws {Error} When another thread than those that calls can be counted on touches a file of the store.
 */
export function planCalls(log: string, area: string, worker: WorkerProcess): readonly CallPoint[] {
  const threads = worker.threads();
  return parseTrace(log, 0)
    .filter((call) => concerns(call, area))
    .map((call, index, calls) => {
      const thread = threads.get(call.threadId);
      if (thread !== 'main' && thread !== 'pool') {
        throw new Error(`thread ${thread ?? call.threadId} makes the call ${signatureOf(call, area)}`);
      }
      const previous = calls[index - 1];
      const isAfterChange = previous === undefined || !isLook(previous);
      return { thread, name: call.name, count: call.count, signature: signatureOf(call, area), isAfterChange };
    });
}
