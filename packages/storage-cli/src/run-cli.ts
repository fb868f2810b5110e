import { type Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import type { CliIo } from './cli-io.ts';
import { findCommand, nameOf } from './find-command.ts';
import { isTerminal } from './is-terminal.ts';
import { Locations } from './locations/locations.ts';
import type { StoreScheme } from './locations/store-scheme.ts';
import { storeSchemes } from './locations/store-schemes.ts';
import { Notes } from './notes.ts';
import { Output } from './output.ts';
import { createProgram, type GlobalOptions } from './program.ts';
import { reportError } from './report-error.ts';
import { Storages } from './storage/storages.ts';
import { UsageError } from './usage-error.ts';
import { WaitingNotes } from './waiting-notes.ts';

/** Options of {@link runCli}. */
export interface CliOptions {
  /** Further schemes of store URLs by name, without the colon. Default: `local`, `s3`, `gs` and `memory` only. */
  readonly schemes?: Readonly<Record<string, StoreScheme>> | undefined;
}

/** What is closed when a run ends. */
interface Closable {
  close(): Promise<void>;
}

/**
 * Runs one command, as the `oh-storage` program does.
 *
 * Nothing is thrown: what fails is told on `io.stderr`. Every store that was opened is closed before it returns.
 *
 * @param argv The arguments after the program's name.
 * @returns The exit code: 0 done, also when nobody reads the output to its end; 1 failed; 2 the command line is wrong; 130 interrupted by
 *   `io.signal`; of `secrets run` that of its program.
 */
export async function runCli(argv: readonly string[], io: CliIo, options: CliOptions = {}): Promise<number> {
  const schemes = { ...storeSchemes, ...options.schemes };
  const output = new Output(io.stdout, io.signal);
  const notes = new Notes(io.stderr);
  const locations = new Locations(schemes, io);
  const texts: string[] = [];
  let exitCode = 0;
  const flags = (): GlobalOptions => program.opts<GlobalOptions>();
  const context: CliContext = {
    io,
    output,
    locations,
    signal: output.signal,
    get json() {
      return flags().json === true;
    },
    get quiet() {
      return flags().quiet === true;
    },
    openStorage: (where, access = 'read') => storages.open(where, access),
    exitWith: (code) => {
      exitCode = code;
    },
    note: (message) => (flags().quiet === true ? undefined : notes.write(`[note] ${message}`)),
    warn: (message) => notes.write(message),
  };
  const storages = new Storages(context);
  const program = createProgram(context, Object.values(schemes), (text) => texts.push(text));
  const waiting = new WaitingNotes((message) => noteOverBar(message, context));
  try {
    await closing([storages, locations], async () => {
      await parse(program, argv);
      for (const text of texts) {
        await output.write(text);
      }
    });
    return exitCode;
  } catch (error) {
    return endWith(error, context, isDebug(flags(), io));
  } finally {
    waiting.stop();
    output.release();
    await notes.release();
  }
}

/** Closes one after the other when the command has ended. Of several failures the first is the one to tell. */
async function closing(opened: readonly Closable[], command: () => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const step of [command, ...opened.map((each) => () => each.close())]) {
    await step().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

/** Commander also throws when it has shown a help text or the version. @throws {UsageError} For a wrong command line. */
async function parse(program: Command, argv: readonly string[]): Promise<void> {
  const [first, ...words] = argv;
  const asked = first === 'help' && words.length > 0 ? toHelp(program, words) : argv;
  try {
    await program.parseAsync(asked, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    const command = findCommand(program, asked);
    if (error.code === 'commander.help' && command.commands.length > 0) {
      command.outputHelp();
    } else if (error.exitCode !== 0) {
      const message = error.message
        .replace(/^error: /, '')
        .replaceAll('\n', ' ')
        .replace(/\.$/, '');
      throw new UsageError(`${message}; see "${nameOf(command)} --help"`);
    }
  }
}

/** Commander's own `help` takes one word, and shows the help of everything for one that it does not know. */
function toHelp(program: Command, words: readonly string[]): readonly string[] {
  const names = words.filter((word) => !word.startsWith('-'));
  const command = findCommand(program, names);
  const depth = nameOf(command).split(' ').length - 1;
  const isUnknown = names.length > depth && command.commands.length > 0;
  return isUnknown ? names.slice(0, depth + 1) : [...names.slice(0, depth), '--help'];
}

/** Whatever failed after an interruption, or after the reader of the output went away, failed because of it. */
function endWith(error: unknown, context: CliContext, debug: boolean): number {
  if (context.io.signal?.aborted === true) {
    return 130;
  }
  return context.output.closed ? 0 : reportError(error, context, debug);
}

/** A progress bar that stands in the line is drawn again below. */
function noteOverBar(message: string, { io, quiet, note }: CliContext): void {
  if (!quiet && isTerminal(io.stderr)) {
    io.stderr.write('\r\u001b[K');
  }
  note(message);
}

function isDebug({ debug }: GlobalOptions, { env }: CliIo): boolean {
  const variable = env['OH_DEBUG'] ?? '';
  return debug === true || (variable !== '' && variable !== '0');
}
