import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BenchmarkOptions, parseBenchmarkOptions, usage } from './benchmark-options.ts';
import type { Finding } from './finding.ts';
import { showProgress } from './progress.ts';
import { toJsonLine, toTable } from './report.ts';
import { allRows } from './rows/all-rows.ts';
import type { RowName } from './rows/row-names.ts';
import { makeScratch, type Scratch } from './scratch.ts';

/** Measures the stores against bare system calls, bare SDKs and their peers, in one run. Exit codes: see {@link usage}. */
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
process.exitCode = await main();

/** @returns The exit code. */
async function main(): Promise<number> {
  try {
    const options = parseBenchmarkOptions();
    if (!options.help) {
      return await run(options);
    }
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    process.stderr.write(`local: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

async function run({ directory, rows, seconds, json }: BenchmarkOptions): Promise<number> {
  await using scratch = await makeScratch(directory);
  process.stdout.write(describeRun(scratch, seconds, json));
  const findings: (Finding & { readonly row: RowName })[] = [];
  let exitCode = 0;
  for (const row of rows) {
    try {
      findings.push(...(await measureRow(row, scratch, seconds)).map((finding) => ({ row, ...finding })));
    } catch (error) {
      showProgress();
      if (stop.signal.aborted) {
        process.stderr.write('interrupted\n');
        return 130;
      }
      process.stderr.write(`${row} failed: ${error instanceof Error ? error.stack : error}\n`);
      exitCode = 1;
    }
  }
  process.stdout.write(json ? findings.map(toJsonLine).join('') : toTable(findings));
  return exitCode;
}

async function measureRow(row: RowName, scratch: Scratch, seconds: number): Promise<readonly Finding[]> {
  const directory = join(scratch.directory, row);
  await mkdir(directory);
  const findings = await allRows[row]({ directory, seconds, signal: stop.signal, onProgress: (text) => showProgress(`${row}: ${text}`) });
  await rm(directory, { recursive: true });
  showProgress();
  return findings;
}

function describeRun({ description }: Scratch, seconds: number, json: boolean): string {
  const date = new Date().toISOString().slice(0, 10);
  const run = {
    date,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    description,
    seconds,
  };
  return json
    ? `${JSON.stringify(run)}\n`
    : `${date}, Node ${process.version}, ${run.platform}, ${run.cores} cores, ${description}, ${seconds} s per side\n\n`;
}
