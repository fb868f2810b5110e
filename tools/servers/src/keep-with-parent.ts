import { spawn } from 'node:child_process';

/**
 * Runs a program as long as the parent of this process lives: standard input ends with the parent, however that ended, and then the program
 * is killed. Ends with the program's own code.
 *
 * The program's standard input is open for as long: the client of a container ends it, and the container with it, when it is killed.
 */
const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
const kill = (): void => void child.kill('SIGKILL');

child.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 127;
  process.stdin.destroy();
});
child.on('exit', (code) => process.exit(code ?? 1));
process.stdin.resume().on('end', kill);
process.on('SIGTERM', kill);
// Ctrl-C reaches the parent, too: it is the one to decide.
process.on('SIGINT', () => undefined);
