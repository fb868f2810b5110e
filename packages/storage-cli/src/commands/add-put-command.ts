import { type Command, Option } from 'commander';
import type { PutOptions } from '../actions/put.ts';
import type { CliContext } from '../cli-context.ts';

/** Adds `put`. */
export function addPutCommand(program: Command, context: CliContext): void {
  program
    .command('put')
    .description('Write a file whole, or not at all, and show its new version.')
    .argument('<url>', 'what to write; a directory, or a URL that ends in /, takes FILE under its name')
    .argument('[file]', 'a file of this computer; - is stdin', '-')
    .addOption(new Option('--if-absent', 'only when no file is there').conflicts('ifVersion'))
    .option('--if-version <version>', 'only when the file still has this version')
    .addHelpText('after', examples)
    .action(async (url: string, file: string, options: PutOptions) => {
      const { put } = await import('../actions/put.ts');
      await put(context, url, file, options);
    });
}

const examples = `
With --json one object: url, size, version, modifiedAt.

Examples:
  $ oh-storage put local:data/report.pdf report.pdf
  $ echo '{}' | oh-storage put --if-absent local:data/settings.json
  $ oh-storage put --if-version "$VERSION" local:data/settings.json new.json`;
