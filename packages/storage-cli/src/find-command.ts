import type { Command } from 'commander';

/** The command that a command line names, as far as there is one: for help, where it went wrong. */
export function findCommand(program: Command, argv: readonly string[]): Command {
  const [name, ...rest] = argv.filter((word) => !word.startsWith('-'));
  const child = program.commands.find((each) => [each.name(), ...each.aliases()].some((known) => known === name));
  return child === undefined ? program : findCommand(child, rest);
}

/** What is typed for it: `oh-storage conversations list`. */
export function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
