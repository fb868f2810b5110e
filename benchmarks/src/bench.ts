import { type BenchmarkOptions, describeRows, parseBenchmarkOptions, usage } from './benchmark-options.ts';
import { describeMachine, machineLine } from './machine.ts';
import { measureRows } from './measure-rows.ts';
import { toJsonLines, toTable } from './report.ts';
import { makeScratch } from './scratch.ts';

/** Measures the stores against bare system calls, bare SDKs and their peers, in one run. Exit codes: see {@link usage}. */
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
process.exitCode = await main(process.argv.slice(2));

/** @returns The exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseBenchmarkOptions(args);
    if (options.help || options.list) {
      process.stdout.write(options.help ? usage : describeRows());
      return 0;
    }
    return await run(options);
  } catch (error) {
    if (stop.signal.aborted) {
      process.stderr.write('interrupted\n');
      return 130;
    }
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

async function run(options: BenchmarkOptions): Promise<number> {
  await using scratch = await makeScratch(options.directory);
  const machine = { ...describeMachine(scratch), full: options.full, secondsPerSide: options.seconds };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(machine)}\n`
      : `${machineLine(machine)}, ${options.seconds} s per side${options.full ? ', --full' : ''}\n\n`,
  );
  const runs = await measureRows(scratch.directory, { ...options, signal: stop.signal });
  process.stdout.write(options.json ? toJsonLines(runs) : toTable(runs));
  return runs.some(({ failed }) => failed !== undefined) ? 1 : 0;
}
