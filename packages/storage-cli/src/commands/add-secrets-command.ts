import type { Command } from 'commander';
import type { DeleteSecretsOptions } from '../actions/delete-secrets.ts';
import type { GetSecretOptions } from '../actions/get-secret.ts';
import type { SetSecretOptions } from '../actions/set-secret.ts';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { UsageError } from '../usage-error.ts';
import { addKeysCommand } from './add-keys-command.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `secrets` with `list`, `set`, `get`, `run`, `delete`, `rotate` and `keys`. */
export function addSecretsCommand(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .description('List, set, get and delete secrets, run programs with them, and rotate the keys that protect them.')
    .addHelpText('after', examples);
  addListCommand(secrets, context);
  addSetCommand(secrets, context);
  addGetCommand(secrets, context);
  addRunCommand(secrets, context);
  addDeleteCommand(secrets, context);
  addRotateCommand(secrets, context);
  addKeysCommand(secrets, context);
}

function addListCommand(secrets: Command, context: CliContext): void {
  addStoreOptions(
    secrets
      .command('list')
      .description('List the names and descriptions of the secrets, and of which providers there are tokens. It needs no key.')
      .addHelpText(
        'after',
        `\nWith --json a line for each: kind, which is custom or provider, and name; description, or host and user_id.\n${examples}`,
      )
      .action(async (options: StoreOptions) => {
        const { listSecrets } = await import('../actions/list-secrets.ts');
        await listSecrets(context, options);
      }),
  );
}

function addSetCommand(secrets: Command, context: CliContext): void {
  addStoreOptions(
    secrets
      .command('set')
      .description('Create or replace a secret. Its value comes from a hidden prompt, or from stdin.')
      .argument('<name>', 'how it is called, such as GITHUB_TOKEN')
      .option('--description <text>', 'what it is for; agents are told (default: as it was)')
      .option('--provider', 'the name is that of a provider, such as github, and its token is meant')
      .option('--host <name>', 'with --provider: where it is, such as github.example.org (default: as it was)')
      .allowExcessArguments()
      .addHelpText('after', setExamples)
      .action(async (name: string, options: SetSecretOptions, command: Command) => {
        if (command.args.length > 1) {
          throw new UsageError('a value in a command line is seen by others on this computer; give it on stdin or at the prompt');
        }
        const { setSecret } = await import('../actions/set-secret.ts');
        await setSecret(context, name, options);
      }),
  );
}

function addGetCommand(secrets: Command, context: CliContext): void {
  addStoreOptions(
    secrets
      .command('get')
      .description('Show the value of a secret, which --reveal has to ask for.')
      .argument('<name>', 'as the list shows it')
      .option('--reveal', 'show it')
      .option('--provider', 'the name is that of a provider, such as github, and its token is meant')
      .addHelpText(
        'after',
        `\nInto a pipe or a file the value is written as it is, without a line feed. With --json one object: name, value.\n${examples}`,
      )
      .action(async (name: string, options: GetSecretOptions) => {
        const { getSecret } = await import('../actions/get-secret.ts');
        await getSecret(context, name, options);
      }),
  );
}

function addRunCommand(secrets: Command, context: CliContext): void {
  addStoreOptions(
    secrets
      .command('run')
      .description('Run a program with the secrets in its environment. The exit code is that of the program.')
      .argument('<program...>', 'what to run, and its arguments, after --')
      .addHelpText('after', runExamples)
      .action(async (program: readonly [string, ...string[]], options: StoreOptions) => {
        const { runWithSecrets } = await import('../actions/run-with-secrets.ts');
        await runWithSecrets(context, program, options);
      }),
  );
}

function addDeleteCommand(secrets: Command, context: CliContext): void {
  addStoreOptions(
    secrets
      .command('delete')
      .description('Delete secrets, for ever.')
      .argument('<name...>', 'as the list shows them')
      .option('--provider', 'the name is that of a provider, such as github, and its token is meant')
      .option('-y, --yes', 'do not ask; needed where there is no terminal')
      .addHelpText(
        'after',
        `\nOn a terminal it asks first; elsewhere it needs --yes. With --json a line for each that was deleted: name.\n${examples}`,
      )
      .action(async (names: readonly string[], options: DeleteSecretsOptions) => {
        const { deleteSecrets } = await import('../actions/delete-secrets.ts');
        await deleteSecrets(context, names, options);
      }),
  );
}

function addRotateCommand(secrets: Command, context: CliContext): void {
  addStoreOptions(
    secrets
      .command('rotate')
      .description('Make a new key, and bring the secrets and settings of all users under it. It shows the id of the key.')
      .addHelpText('after', rotateExamples)
      .action(async (options: StoreOptions) => {
        const { rotateSecrets } = await import('../actions/rotate-secrets.ts');
        await rotateSecrets(context, options);
      }),
  );
}

const examples = `
The keys are protected by the passphrase in OH_SECRET_KEY, without one by the file oh-storage/key in $XDG_CONFIG_HOME or
~/.config.

Examples:
  $ oh-storage secrets list
  $ oh-storage secrets set GITHUB_TOKEN --description 'for pull requests'
  $ oh-storage secrets get GITHUB_TOKEN --reveal | docker login --password-stdin ghcr.io -u me
  $ oh-storage secrets run -- npm publish
  $ oh-storage secrets delete GITHUB_TOKEN`;

const setExamples = `
The line feed at the end of a single line is left out. With --json one object: name.

Examples:
  $ oh-storage secrets set GITHUB_TOKEN                      (asks for the value, and does not show it)
  $ gh auth token | oh-storage secrets set GITHUB_TOKEN
  $ gh auth token | oh-storage secrets set --provider github
  $ oh-storage secrets set DEPLOY_KEY < ~/.ssh/deploy_key`;

const runExamples = `
Each secret is a variable of its name, the token of a provider one such as github_token; they count more than variables
that are set. When a secret cannot be read, nothing is run. On Windows npm and others are scripts, which cmd /c runs.

Examples:
  $ oh-storage secrets run -- npm publish
  $ oh-storage secrets run --user alice -- sh -c 'curl -H "Authorization: Bearer $API_KEY" https://example.com'`;

const rotateExamples = `
To change the passphrase, set OH_SECRET_KEY to the new one and OH_PREVIOUS_SECRET_KEYS to a list in JSON with the one of
before, then rotate: from then on the new one alone opens everything. The values themselves are not encrypted anew. Stopped anywhere, everything opens, and the same command goes on. Old
keys still open until they are retired. With --json one object: keyId, files, failed.

Examples:
  $ oh-storage secrets rotate
  $ oh-storage secrets keys`;
