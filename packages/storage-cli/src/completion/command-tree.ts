import type { Command, Option } from 'commander';

/** An option, for completion. */
export interface CompletedOption {
  /** How it is written: `--limit`, `-r`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Whether a word follows it. */
  readonly takesValue: boolean;
  /** The words that may follow it; none: any. */
  readonly choices: readonly string[];
}

/** A command, for completion. */
export interface CompletedCommand {
  /** The words after the program's name: none for the program itself, `secrets set`. */
  readonly words: readonly string[];
  /** The words that may stand next: commands below it, with their aliases, or the choices of its arguments. */
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** Its own and those of every command. */
  readonly options: readonly CompletedOption[];
}

/** The program and all its commands, each before those below it. */
export function listCommands(program: Command): readonly CompletedCommand[] {
  return [...walk(program, [], [])];
}

/** The names of options that a word follows, in whatever command they stand. */
export function optionsWithValue(commands: readonly CompletedCommand[]): readonly string[] {
  const options = commands.flatMap((command) => command.options);
  const flags = new Set(options.filter(({ takesValue }) => !takesValue).flatMap(({ names }) => names));
  return [...new Set(options.flatMap(({ names }) => names))].filter((name) => !flags.has(name));
}

/** The options that only some words may follow, each once. */
export function optionsWithChoices(commands: readonly CompletedCommand[]): readonly CompletedOption[] {
  const options = commands.flatMap((command) => command.options).filter(({ choices }) => choices.length > 0);
  return [...new Map(options.map((option) => [option.names.join(' '), option])).values()];
}

function* walk(
  command: Command,
  words: readonly string[],
  inherited: readonly CompletedOption[],
): Generator<CompletedCommand, void, undefined> {
  const help = command.createHelp();
  const own = help.visibleOptions(command).map(toCompletedOption);
  const global = words.length === 0 ? own.filter(({ names }) => !names.includes('--help')) : inherited;
  const commands = help.visibleCommands(command);
  yield {
    words,
    commands: [
      ...commands.flatMap((each) => namesOf(each).map((name) => ({ name, description: firstSentence(each.description()) }))),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) => argChoices.map((name) => ({ name, description }))),
    ],
    options: words.length === 0 ? own : [...own, ...global],
  };
  for (const each of commands.filter((child) => command.commands.includes(child))) {
    for (const name of namesOf(each)) {
      yield* walk(each, [...words, name], global);
    }
  }
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()];
}

function toCompletedOption({ short, long, description, required, optional, argChoices }: Option): CompletedOption {
  return {
    names: [long, short].filter((name) => name !== undefined && name !== null),
    description: description.replace(/ \(default: .*$/, ''),
    takesValue: required || optional,
    choices: argChoices ?? [],
  };
}

function firstSentence(text: string): string {
  return text.replace(/\. .*$/, '').replace(/\.$/, '');
}
