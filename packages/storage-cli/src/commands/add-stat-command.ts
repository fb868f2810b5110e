import type { Command } from 'commander';
import type { StatOptions } from '../actions/stat.ts';
import type { CliContext } from '../cli-context.ts';

/** Adds `stat`. */
export function addStatCommand(program: Command, context: CliContext): void {
  program
    .command('stat')
    .description('Show the kind, size, version and time of a file, and its content type and metadata where the store keeps them.')
    .argument('<url>', 'a file or a directory')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples)
    .action(async (url: string, options: StatOptions) => {
      const { stat } = await import('../actions/stat.ts');
      await stat(context, url, options);
    });
}

const examples = `
Examples:
  $ oh-storage stat local:data/report.pdf
  $ oh-storage stat --json local:data/settings.json | jq -r .version`;
