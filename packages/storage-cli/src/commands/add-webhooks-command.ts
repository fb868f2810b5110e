import type { Command } from 'commander';
import type { OutboxOptions } from '../actions/list-notices.ts';
import type { ReplayNoticesOptions } from '../actions/replay-notices.ts';
import type { CliContext } from '../cli-context.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `webhooks` with `pending`, `dead` and `replay`. */
export function addWebhooksCommand(program: Command, context: CliContext): void {
  const webhooks = program
    .command('webhooks')
    .description('Show what waits to be told to a webhook or was given up, and deliver it again.')
    .addHelpText('after', examples);
  addOutboxOption(
    webhooks
      .command('pending')
      .description('Show the notices that wait to be delivered, in the order of the changes.')
      .addHelpText('after', `\nWith --json a line for each: outbox, id, method, path, bytes, failedAttempts, lastFailure.\n${examples}`)
      .action(async (options: OutboxOptions) => {
        const { listPending } = await import('../actions/list-notices.ts');
        await listPending(context, options);
      }),
  );
  addOutboxOption(
    webhooks
      .command('dead')
      .description('Show the notices that could not be delivered and were given up.')
      .addHelpText('after', `\nWith --json a line for each: outbox, id, method, path, reason, failedAttempts, diedAt.\n${examples}`)
      .action(async (options: OutboxOptions) => {
        const { listDead } = await import('../actions/list-notices.ts');
        await listDead(context, options);
      }),
  );
  addOutboxOption(
    webhooks
      .command('replay')
      .description('Deliver what waits, and queue again what was given up. It takes outboxes over: stop the servers first.')
      .argument('[id...]', 'only these, of what was given up (default: all)')
      .option('-y, --yes', 'do not ask; needed where there is no terminal')
      .addHelpText('after', replayExamples)
      .action(async (ids: readonly string[], options: ReplayNoticesOptions) => {
        const { replayNotices } = await import('../actions/replay-notices.ts');
        await replayNotices(context, ids, options);
      }),
  );
}

function addOutboxOption(command: Command): Command {
  return addStoreOptions(command.option('--outbox <name>', 'only this outbox; that of a server is named after its host (default: all)'));
}

const examples = `
"pending" and "dead" change nothing that a running server has open. Needs npm install @oh/file-store-webhook.

Examples:
  $ oh-storage webhooks pending
  $ oh-storage webhooks dead --json | jq -r .path
  $ oh-storage webhooks replay --config config.toml`;

const replayExamples = `
Where to deliver to comes from OpenHands' configuration. What cannot be delivered within seconds stays in the outbox.
With --json a line for each outbox: outbox, replayed, superseded, pending, dead.

Examples:
  $ oh-storage webhooks replay --config config.toml
  $ oh-storage webhooks replay --outbox web-1 --yes 5f1c2f0e-8a3b-4a53-9d62-0d0d5b4b8f5e`;
