import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { FileStoreError } from '@oh/file-store-core';
import type { RunProgram } from './cli-io.ts';

/** The signals that ask a program to end. */
const endings = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/**
 * {@link RunProgram} with a process of its own.
 *
 * While it runs a signal does not end this process but is handed on. Ctrl-C at a terminal is sent to both by the terminal, so that one is not.
 */
export const spawnProgram: RunProgram = async ([file, ...args], env, { signal: aborted }) => {
  aborted?.throwIfAborted();
  const child = spawn(file, args, { env: { ...env }, stdio: 'inherit' });
  const handOn = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) {
      child.kill(signal);
    }
  };
  for (const signal of endings) {
    process.on(signal, handOn);
  }
  try {
    // Rejects when it cannot be started.
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw isMissing ? new FileStoreError('not-found', `there is no program ${JSON.stringify(file)}`, { cause }) : cause;
  } finally {
    for (const signal of endings) {
      process.off(signal, handOn);
    }
  }
};
