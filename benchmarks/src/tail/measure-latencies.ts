import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TailTask } from './tail-task.ts';

const program = fileURLToPath(new URL('tail-program.ts', import.meta.url));

/** The longest time in milliseconds between two appends; they come at random, so that no poller is in step with them. */
const maxPauseMs = 60;

/** Milliseconds until a reader in another process has each of the events that `append` adds one by one, after a first one that it has found there. */
export async function measureLatencies(
  task: TailTask,
  append: (number: number) => Promise<unknown>,
  signal: AbortSignal,
): Promise<number[]> {
  const child = fork(program, { signal, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: process.execArgv });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the reader ended with ${code}`)));
  ended.catch(() => {});
  try {
    await append(0);
    child.send(task);
    await Promise.race([once(child, 'message'), ended]);
    const result = once(child, 'message');
    for (let number = 1; number <= task.count; number += 1) {
      await wait(Math.random() * maxPauseMs, undefined, { signal });
      await append(number);
    }
    const [latencies] = (await Promise.race([result, ended])) as [number[]];
    return latencies;
  } finally {
    child.kill();
  }
}
