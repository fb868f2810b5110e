import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a program has to do. */
export interface ProgramTask {
  readonly task: 'overwrite' | 'read' | 'increment';
  readonly library: string;
  readonly directory: string;
  /** Seconds, or how many increments. */
  readonly amount: number;
}

/** What a program has done. */
export interface ProgramResult {
  readonly done: number;
  /** How many of them failed or gave a wrong result. */
  readonly wrong: number;
  readonly seconds: number;
}

const program = fileURLToPath(new URL('program.ts', import.meta.url));

/** The most of what a program says about its failure that is told. */
const maxErrorText = 2000;

/** Runs programs, each in a process of its own; they begin together, when all have loaded what they need. @returns Their results in the order of the tasks. */
export async function runPrograms(tasks: readonly ProgramTask[], signal: AbortSignal): Promise<ProgramResult[]> {
  const programs = tasks.map((task) => startProgram(task, signal));
  try {
    await Promise.all(programs.map(({ next }) => next()));
    const results = programs.map(({ next }) => next());
    for (const { child } of programs) {
      child.send('begin');
    }
    return (await Promise.all(results)) as ProgramResult[];
  } finally {
    for (const { child } of programs) {
      child.kill();
    }
  }
}

/** What a library prints about the failures that it met is told only where a program ends by them. */
function startProgram({ task, library, directory, amount }: ProgramTask, signal: AbortSignal): RunningProgram {
  const child = fork(program, [task, library, directory, String(amount)], {
    signal,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: process.execArgv,
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-maxErrorText);
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${task} with ${library} ended with ${code}: ${errors}`)));
  ended.catch(() => {});
  const next = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  return { child, next };
}

interface RunningProgram {
  readonly child: ChildProcess;
  /** The next message. @throws {Error} It ended before. */
  readonly next: () => Promise<unknown>;
}
