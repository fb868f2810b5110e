import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compareRounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import { runCommand } from '../run-command.ts';
import type { RowContext } from './row-context.ts';

/** What the command may take more than a Node that does nothing, which also varies with the machine. */
const allowedMs = 60;
const allowedRatio = 1.5;

const command = fileURLToPath(new URL('../../../packages/storage-cli/bin/oh-storage.js', import.meta.url));

/** The programs that are compared, as arguments of Node. */
const programs = [
  [command, '--help'],
  ['-e', '0'],
] as const;

/** How long it takes to run the built `oh-storage --help`, against a Node that does nothing. */
export async function measureCliStart(context: RowContext): Promise<Finding[]> {
  context.onProgress('building');
  await runCommand('nx', 'run-many', '--target=build', '--projects=@oh/storage-cli');
  const [help = [], bare = []] = await measureInTurns(context);
  const ours = { name: 'oh-storage --help', reached: help };
  const allowed = {
    name: `${allowedRatio} times node -e 0, and ${allowedMs} ms`,
    reached: bare.map((ms) => allowedRatio * ms + allowedMs),
  };
  return [
    { what: 'oh-storage --help', unit: 'ms', ...compareRounds(ours, allowed), wanted: { ratioBelow: 1 } },
    { what: 'oh-storage --help', unit: 'ms', ...compareRounds(ours, { name: 'node -e 0', reached: bare }) },
  ];
}

/** Milliseconds of each program, round by round; a first round, which brings the files into the page cache, does not count. */
async function measureInTurns({ full, onProgress, signal }: RowContext): Promise<number[][]> {
  // Odd, so that the median is one of them.
  const rounds = full ? 21 : 11;
  const reached = programs.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    onProgress(`round ${round} of ${rounds}`);
    const order = [...programs.keys()];
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const startedAt = performance.now();
      await promisify(execFile)(process.execPath, [...(programs[index] ?? [])], { signal });
      if (round > 0) {
        reached[index]?.push(performance.now() - startedAt);
      }
    }
  }
  return reached;
}
