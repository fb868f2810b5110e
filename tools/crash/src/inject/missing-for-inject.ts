import { spawn } from 'node:child_process';
import { hasCommand } from '../run-command.ts';
import { Strace } from './strace.ts';

/** Why system calls cannot be made to fail here, and what to do about it; `undefined` when they can. */
export async function missingForInject(): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return 'it needs Linux and strace';
  }
  if (Number.parseInt(process.versions.node, 10) < 24) {
    return 'it finds the threads of Node by names that they have from Node 24 on; run it with `npx node` of this repository';
  }
  if (!hasCommand('strace')) {
    return 'strace is missing: apt-get install strace';
  }
  const sleeper = spawn('sleep', ['30'], { stdio: 'ignore' });
  try {
    const strace = await Strace.attach([sleeper.pid ?? 0]);
    await strace.detach();
    return undefined;
  } catch (error) {
    const advice = 'run it as root; a container needs --cap-add SYS_PTRACE';
    return `strace may not attach to a process (${error instanceof Error ? error.message : String(error)}); ${advice}`;
  } finally {
    sleeper.kill();
  }
}
