import { type Command, Option } from 'commander';
import type { ListConversationsOptions } from '../actions/list-conversations.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `conversations` with `list` and `show`. */
export function addConversationsCommand(program: Command, context: CliContext): void {
  const conversations = program
    .command('conversations')
    .description('Look into the conversations of a store.')
    .addHelpText('after', examples);
  addListCommand(conversations, context);
  addShowCommand(conversations, context);
}

function addListCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(conversations.command('list'))
    .description('List conversations, newest first.')
    .addOption(new Option('--limit <n>', 'at most so many, up to 1000 (default: 20)').argParser(countParser(1000)).conflicts('all'))
    .option('--page-id <id>', 'go on where an earlier list ended')
    .option('--all', 'every page')
    .addHelpText('after', examples)
    .action(async (options: ListConversationsOptions) => {
      const { listConversations } = await import('../actions/list-conversations.ts');
      await listConversations(context, options);
    });
}

function addShowCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(conversations.command('show'))
    .description('Show every field of the record of a conversation.')
    .argument('<id>', 'as the list shows it')
    .addHelpText('after', examples)
    .action(async (id: string, options: StoreOptions) => {
      const { showConversation } = await import('../actions/show-conversation.ts');
      await showConversation(context, id, options);
    });
}

const examples = `
A record that cannot be read is named on stderr and hides no other. With --json \`list\` gives one object (results,
next_page_id, unreadable), \`show\` the record itself.

Examples:
  $ oh-storage conversations list
  $ oh-storage conversations list --store s3://my-bucket/openhands --all --json | jq -r '.results[].title'
  $ oh-storage conversations show 6b4cb2424a23d5962217beaddbc496cb`;
