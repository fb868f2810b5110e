import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** Adds `stat`. */
export function addStatCommand(program: Command, context: CliContext): void {
  program
    .command('stat')
    .description('Show the kind, size, version and time of a file, and its content type and metadata where the store keeps them.')
    .argument('<url>', 'a file or a directory')
    .addHelpText('after', examples)
    .action(async (url: string) => {
      const { stat } = await import('../actions/stat.ts');
      await stat(context, url);
    });
}

const examples = `
With --json one object: url, kind; of a file size, version, modifiedAt, contentType, metadata too.

Examples:
  $ oh-storage stat local:data/report.pdf
  $ oh-storage stat --json local:data/settings.json | jq -r .version`;
