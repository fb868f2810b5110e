/**
 * `oh-storage`: look into, copy and change agent data on any backend from the command line.
 *
 * The command itself is `dist/bin.js`; {@link runCli} is the same for tests and for programs that embed it, without a process of its own.
 *
 * @packageDocumentation
 */
export type { Ask, AskOptions, CliIo, RunProgram } from './cli-io.ts';
export type { SchemeContext, StorePlace, StoreScheme } from './locations/store-scheme.ts';
export { type CliOptions, runCli } from './run-cli.ts';
