import type { Ask, RunProgram } from './cli-io.ts';
import { runCli } from './run-cli.ts';

const askOnTerminal: Ask = async (question, options) => {
  const { askTerminal } = await import('./ask-terminal.ts');
  return await askTerminal(question, options, {
    input: process.stdin,
    output: process.stderr,
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  });
};

const runProgram: RunProgram = async (...run) => {
  const { spawnProgram } = await import('./spawn-program.ts');
  return await spawnProgram(...run);
};

/** SDKs warn through Node, which writes lines of its own to stderr; there each line is one of this program. With `OH_DEBUG` they are shown all the same. */
function hideWarnings(): void {
  const { OH_DEBUG: debug = '' } = process.env;
  if (debug === '' || debug === '0') {
    process.removeAllListeners('warning');
  }
}

/** A signal that has ended the command, and its exit code. */
interface Ending {
  readonly signal: NodeJS.Signals;
  readonly exitCode: number;
}

/** @returns The working directory; `undefined` when it was removed. */
function findWorkingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

async function runProcess(cwd: string): Promise<void> {
  hideWarnings();
  const interrupted = new AbortController();
  const endings: Ending[] = [];
  // The first signal lets the command clean up; a second one of the same kind ends the process as it would without us.
  for (const [signal, exitCode] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => {
      endings.push({ signal, exitCode });
      interrupted.abort();
    });
  }
  process.exitCode = await runCli(process.argv.slice(2), {
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd,
    ask: process.stdin.isTTY ? askOnTerminal : undefined,
    // A terminal that nobody has told its size has none, as in a container.
    columns: process.stdout.isTTY ? process.stdout.columns || 80 : undefined,
    runProgram,
    signal: interrupted.signal,
  });
  const [first] = endings;
  if (process.exitCode === 130 && first !== undefined) {
    end(first);
  }
}

/**
 * Ends the process when everything is cleaned up. The signal itself does it, as it would have without us: so a loop of a shell stops as well, and neither what a stalled
 * reader has not taken from stdout nor the read of a silent pipe, for which `exit` would wait, keeps the process alive. Where it does nothing, as to the first process of a
 * container, or means something else, as on Windows, there is the exit code by which shells tell it.
 */
function end({ signal, exitCode }: Ending): never {
  if (process.platform !== 'win32') {
    process.kill(process.pid, signal);
  }
  process.exit(exitCode);
}

const cwd = findWorkingDirectory();
if (cwd === undefined) {
  process.stderr.write('oh-storage: [not-found] the working directory is not there any more; change to one that is\n');
  process.exitCode = 1;
} else {
  await runProcess(cwd);
}
