import { Argument, type Command } from 'commander';
import type { ShellName } from '../actions/show-completion.ts';
import type { CliContext } from '../cli-context.ts';

/** Adds `completion`, which knows all commands that are there when it is run. */
export function addCompletionCommand(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('Write a script that lets a shell complete commands and options.')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', examples)
    .action(async (shell: ShellName) => {
      const { showCompletion } = await import('../actions/show-completion.ts');
      await showCompletion(context, program, shell);
    });
}

const examples = `
Examples:
  $ oh-storage completion bash > ~/.local/share/bash-completion/completions/oh-storage
  $ oh-storage completion zsh > "\${fpath[1]}/_oh_storage"          (then start a new shell)
  $ oh-storage completion fish > ~/.config/fish/completions/oh-storage.fish`;
