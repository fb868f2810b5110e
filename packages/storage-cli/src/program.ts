import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addBackupCommand } from './commands/add-backup-command.ts';
import { addCatCommand } from './commands/add-cat-command.ts';
import { addCompletionCommand } from './commands/add-completion-command.ts';
import { addConversationsCommand } from './commands/add-conversations-command.ts';
import { addCpCommand } from './commands/add-cp-command.ts';
import { addDoctorCommand } from './commands/add-doctor-command.ts';
import { addEventsCommand } from './commands/add-events-command.ts';
import { addImportCommand } from './commands/add-import-command.ts';
import { addLsCommand } from './commands/add-ls-command.ts';
import { addMigrateCommand } from './commands/add-migrate-command.ts';
import { addMvCommand } from './commands/add-mv-command.ts';
import { addPutCommand } from './commands/add-put-command.ts';
import { addRmCommand } from './commands/add-rm-command.ts';
import { addSecretsCommand } from './commands/add-secrets-command.ts';
import { addSettingsCommand } from './commands/add-settings-command.ts';
import { addStatCommand } from './commands/add-stat-command.ts';
import { addSyncCommand } from './commands/add-sync-command.ts';
import { addWebhooksCommand } from './commands/add-webhooks-command.ts';
import type { StoreScheme } from './locations/store-scheme.ts';
import { readPackageVersion } from './read-package-version.ts';
import { wrapParagraphs } from './wrap-paragraphs.ts';

/** Options of every command. */
export interface GlobalOptions {
  /** Stacks and causes of errors. */
  readonly debug?: boolean | undefined;
  /** JSON instead of text for people. */
  readonly json?: boolean | undefined;
  /** Neither notes nor progress. */
  readonly quiet?: boolean | undefined;
}

/**
 * Makes the command line program, which throws where commander would end the process.
 *
 * @param showText Takes help texts.
 */
export function createProgram(context: CliContext, schemes: readonly StoreScheme[], showText: (text: string) => void): Command {
  const width = context.io.columns ?? 100;
  const program = new Command('oh-storage')
    .description('Look into, copy and change agent data on any backend.')
    .option('--json', 'data as JSON, one value a line; what it has is in the help of the command')
    .option('-q, --quiet', 'no notes and no progress on stderr; errors are told all the same')
    .option('--debug', 'show the stack and the causes of an error; also OH_DEBUG=1')
    .option('-V, --version', 'show the version')
    .addHelpText('after', () => describeConventions(schemes))
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => showText(wrapParagraphs(text, width)),
      writeErr: () => undefined,
      getOutHelpWidth: () => width,
    })
    .on('option:version', () => {
      showText(`${readPackageVersion()}\n`);
      throw new CommanderError(0, 'commander.version', 'the version was shown');
    });
  for (const [group, commands] of Object.entries(commandGroups)) {
    program.commandsGroup(`${group}:`);
    for (const addCommand of commands) {
      addCommand(program, context);
    }
  }
  return program;
}

/** By the headings that the help shows them under; its own command is under the last. */
const commandGroups = {
  Files: [addLsCommand, addCatCommand, addStatCommand, addPutCommand, addRmCommand, addCpCommand, addMvCommand, addSyncCommand],
  'Whole stores': [addMigrateCommand, addImportCommand, addDoctorCommand, addBackupCommand],
  'What an agent server keeps': [addConversationsCommand, addEventsCommand, addSettingsCommand, addSecretsCommand, addWebhooksCommand],
  Commands: [addCompletionCommand],
} as const;

function describeConventions(schemes: readonly StoreScheme[]): string {
  const urls = schemes.map(({ usage, summary }) => `  ${usage.padEnd(18)} ${summary}`);
  return `
Store URLs:
${urls.join('\n')}

Where data lies, for the commands with --store; the first that is given counts, and "doctor" says which it is:
  --store URL
  --config FILE
  OH_STORAGE_URL
  store in ~/.config/oh-storage/config.toml (keys: store, user, layout)
  config.toml of OpenHands in the working directory (refused when others may have written it), FILE_STORE and such
  ~/.openhands

Data goes to stdout, errors and notes to stderr; there are no colours (NO_COLOR changes nothing).

Exit codes: 0 done, 1 failed, 2 wrong command line, 130 Ctrl-C, 143 SIGTERM.

Examples:
  $ oh-storage ls local:~/.openhands
  $ oh-storage cp --recursive local:~/.openhands s3://my-bucket/openhands
  $ oh-storage conversations list
  $ oh-storage conversations list --store s3://my-bucket/openhands --json | jq -r '.results[].title'`;
}
