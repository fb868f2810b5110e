import { execFile, spawnSync } from 'node:child_process';

/** Why there is no terminal to test with; `undefined` when there is one. */
export const terminalMissing: string | undefined =
  spawnSync('python3', ['-c', 'import os, pty, sys; sys.exit(os.name != "posix" or sys.version_info < (3, 9))']).status === 0
    ? undefined
    : 'needs python3 3.9 on a POSIX system';

/** What is run in a terminal. */
export interface TerminalRun {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What is typed, in this order: each when the text before it has appeared. */
  readonly replies: readonly (readonly [string, string])[];
}

/** What a terminal has shown. */
export interface TerminalResult {
  readonly output: string;
  /** Negative: the number of the signal that ended it. */
  readonly exitCode: number;
}

const script = `
import json, os, pty, sys
run = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(run["cwd"])
    os.execvpe(run["command"][0], run["command"], run["env"])
shown, seen = b"", 0
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    shown += data
    if run["replies"] and run["replies"][0][0].encode() in shown[seen:]:
        seen = len(shown)
        os.write(terminal, run["replies"].pop(0)[1].encode())
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"output": shown.decode("utf-8", "replace"), "exitCode": status}))
`;

/** Runs a program in a pseudo-terminal of its own, to its end. */
export async function runInTerminal(run: TerminalRun): Promise<TerminalResult> {
  return await new Promise((resolve, reject) => {
    execFile('python3', ['-c', script, JSON.stringify(run)], (error, stdout) => {
      if (error === null) {
        resolve(JSON.parse(stdout) as TerminalResult);
      } else {
        reject(error);
      }
    });
  });
}
