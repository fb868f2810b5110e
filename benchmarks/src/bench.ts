import { type BenchmarkOptions, describeRows, parseBenchmarkOptions, usage } from './benchmark-options.ts';
import { describeMachine, machineLine } from './machine.ts';
import { measureRows } from './measure-rows.ts';
import { toJsonLines, toTables } from './report.ts';
import { publishedDirectory } from './results/published.ts';
import { readResults } from './results/results.ts';
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
    return await (options.draw ? draw(options) : run(options));
  } catch (error) {
    if (stop.signal.aborted) {
      process.stderr.write('interrupted\n');
      return 130;
    }
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

async function draw({ output = publishedDirectory }: BenchmarkOptions): Promise<number> {
  const { writeResults } = await import('./results/write-results.ts');
  await writeResults(await readResults(output), output);
  return 0;
}

async function run({ output, full, seconds, json, directory, rows }: BenchmarkOptions): Promise<number> {
  await using scratch = await makeScratch(directory);
  const machine = describeMachine(scratch);
  const settings = { full, secondsPerSide: seconds };
  const heading = `${machineLine(machine)}, ${seconds} s per side${full ? ', --full' : ''}\n\n`;
  process.stdout.write(json ? `${JSON.stringify({ ...machine, ...settings })}\n` : heading);
  const say = (line: string): boolean => process.stderr.write(line);
  const runs = await measureRows(scratch.directory, { rows, seconds, full, say, signal: stop.signal });
  process.stdout.write(json ? toJsonLines(runs) : toTables(runs));
  const total = runs.reduce((sum, run) => sum + run.seconds, 0);
  process.stderr.write(`everything: ${total.toFixed(0)} s\n`);
  if (output !== undefined) {
    const { writeResults } = await import('./results/write-results.ts');
    await writeResults({ format: 1, machine, ...settings, runs }, output);
    process.stderr.write(`tables and charts are in ${output}\n`);
  }
  return runs.some(({ failed }) => failed !== undefined) ? 1 : 0;
}
