import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { bashCompletion } from '../completion/bash-completion.ts';
import { listCommands } from '../completion/command-tree.ts';
import { fishCompletion } from '../completion/fish-completion.ts';
import { zshCompletion } from '../completion/zsh-completion.ts';

/** The shells that there are completions for. */
export type ShellName = 'bash' | 'zsh' | 'fish';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Writes the script that lets a shell complete the commands and options of the program. */
export async function showCompletion(context: CliContext, program: Command, shell: ShellName): Promise<void> {
  await context.output.write(scripts[shell](program.name(), listCommands(program)));
}
