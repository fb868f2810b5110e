import type { Ask } from './cli-io.ts';
import { runCli } from './run-cli.ts';

const askOnTerminal: Ask = async (question, options) => {
  const { askTerminal } = await import('./ask-terminal.ts');
  return await askTerminal(question, options, {
    input: process.stdin,
    output: process.stderr,
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  });
};

/** SDKs warn through Node, which writes lines of its own to stderr; there each line is one of this program. With `OH_DEBUG` they are shown all the same. */
function hideWarnings(): void {
  const { OH_DEBUG: debug = '' } = process.env;
  if (debug === '' || debug === '0') {
    process.removeAllListeners('warning');
  }
}

async function runProcess(): Promise<void> {
  hideWarnings();
  const interrupted = new AbortController();
  let exitCodeOfSignal = 0;
  // The first signal lets the command clean up; a second one of the same kind ends the process as it would without us.
  for (const [signal, exitCode] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, () => {
      exitCodeOfSignal = exitCode;
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
    cwd: process.cwd(),
    ask: process.stdin.isTTY ? askOnTerminal : undefined,
    // A terminal that nobody has told its size has none, as in a container.
    columns: process.stdout.isTTY ? process.stdout.columns || 80 : undefined,
    signal: interrupted.signal,
  });
  if (process.exitCode === 130) {
    // Everything is cleaned up; what a stalled reader has not taken from stdout would keep the process alive for ever.
    process.exit(exitCodeOfSignal);
  }
}

await runProcess();
