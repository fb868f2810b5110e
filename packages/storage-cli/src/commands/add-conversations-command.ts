import { type Command, Option } from 'commander';
import type { DeletionOptions } from '../actions/delete-conversations.ts';
import type { ImportConversationOptions } from '../actions/import-conversation.ts';
import type { ListConversationsOptions } from '../actions/list-conversations.ts';
import type { PruneConversationsOptions } from '../actions/prune-conversations.ts';
import type { CliContext } from '../cli-context.ts';
import { countParser } from '../count-parser.ts';
import { parseInstant } from '../parse-instant.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `conversations` with `list`, `search`, `show`, `export`, `import`, `delete` and `prune`. */
export function addConversationsCommand(program: Command, context: CliContext): void {
  const conversations = program
    .command('conversations')
    .description('List, search, show, export, import, delete and prune conversations.')
    .addHelpText('after', examples);
  addListCommand(conversations, context);
  addSearchCommand(conversations, context);
  addShowCommand(conversations, context);
  addExportCommand(conversations, context);
  addImportCommand(conversations, context);
  addDeleteCommand(conversations, context);
  addPruneCommand(conversations, context);
}

function addListCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(
    addPageOptions(conversations.command('list'))
      .description('List conversations, newest first.')
      .addHelpText('after', examples)
      .action(async (options: ListConversationsOptions) => {
        const { listConversations } = await import('../actions/list-conversations.ts');
        await listConversations(context, undefined, options);
      }),
  );
}

function addSearchCommand(conversations: Command, context: CliContext): void {
  const search = addPageOptions(conversations.command('search'))
    .description('List the conversations that meet every condition, newest first.')
    .argument('[text]', 'a part of the title, in upper or lower case')
    .addOption(new Option('--in <what>', 'where the text is searched for (default: title)').choices(['title', 'events']))
    .option('--repository <name>', 'the repository, all of it: owner/name')
    .option('--trigger <name>', 'what started it, such as gui, resolver or slack')
    .option('--git-provider <name>', 'where the repository lies, such as github');
  for (const [name, what] of instants) {
    search.option(`--${name} <time>`, what, parseInstant);
  }
  search.addHelpText('after', searchExamples).action(async (text: string | undefined, options: ListConversationsOptions) => {
    const { listConversations } = await import('../actions/list-conversations.ts');
    await listConversations(context, text, options);
  });
  addStoreOptions(search);
}

const instants = [
  ['created-from', 'created then or later: an age such as 7d, or a date such as 2025-07-18'],
  ['created-before', 'created before then'],
  ['updated-from', 'changed last then or later'],
  ['updated-before', 'changed last before then'],
] as const;

function addShowCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(
    conversations
      .command('show')
      .description('Show every field of the record of a conversation.')
      .argument('<id>', 'as the list shows it')
      .addHelpText('after', examples)
      .action(async (id: string, options: StoreOptions) => {
        const { showConversation } = await import('../actions/show-conversation.ts');
        await showConversation(context, id, options);
      }),
  );
}

function addExportCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(
    conversations
      .command('export')
      .description('Write a conversation, its record and its events, as a bundle that "conversations import" reads.')
      .argument('<id>', 'as the list shows it')
      .argument('[file]', 'a new file, or a directory for one; - is stdout', '-')
      .addHelpText('after', bundleExamples)
      .action(async (id: string, file: string, options: StoreOptions) => {
        const { exportConversationTo } = await import('../actions/export-conversation.ts');
        await exportConversationTo(context, id, file, options);
      }),
  );
}

function addImportCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(
    conversations
      .command('import')
      .description('Make the conversation of a bundle, and show its id. Nothing is written over; repeated, it adds what is missing.')
      .argument('<file>', 'a bundle; - is stdin')
      .option('--as <id>', 'the id that it gets (default: its own)')
      .addHelpText('after', bundleExamples)
      .action(async (file: string, options: ImportConversationOptions) => {
        const { importConversation } = await import('../actions/import-conversation.ts');
        await importConversation(context, file, options);
      }),
  );
}

function addDeleteCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(
    addDeletionOptions(conversations.command('delete'))
      .description('Delete conversations with everything that belongs to them, for ever. It shows the ids.')
      .argument('<id...>', 'as the list shows them')
      .addHelpText('after', deletionExamples)
      .action(async (ids: readonly string[], options: DeletionOptions) => {
        const { deleteConversations } = await import('../actions/delete-conversations.ts');
        await deleteConversations(context, ids, options);
      }),
  );
}

function addPruneCommand(conversations: Command, context: CliContext): void {
  addStoreOptions(
    addDeletionOptions(conversations.command('prune'))
      .description('Delete the conversations that have not changed for long, for ever. It shows the ids.')
      .requiredOption('--older-than <time>', 'changed last before then: an age such as 90d, or a date', parseInstant)
      .option('--keep-latest <n>', 'so many of the newest stay, whatever their age', countParser())
      .addHelpText('after', deletionExamples)
      .action(async (options: PruneConversationsOptions) => {
        const { pruneConversations } = await import('../actions/prune-conversations.ts');
        await pruneConversations(context, options);
      }),
  );
}

function addPageOptions(command: Command): Command {
  return command
    .addOption(new Option('--limit <n>', 'at most so many, up to 1000 (default: 20)').argParser(countParser(1000)).conflicts('all'))
    .option('--page-id <id>', 'go on where an earlier list ended')
    .option('--all', 'every page');
}

function addDeletionOptions(command: Command): Command {
  return command
    .option('-n, --dry-run', 'show what would go, and do nothing')
    .option('-y, --yes', 'do not ask; needed where there is no terminal');
}

const examples = `
A record that cannot be read is named on stderr and hides no other; the exit code is 1. With --json "list" and "search"
give one object (results, next_page_id, unreadable), "show" the record itself.

Examples:
  $ oh-storage conversations list
  $ oh-storage conversations list --store s3://my-bucket/openhands --all --json | jq -r '.results[].title'
  $ oh-storage conversations search flaky --repository acme/shop --created-from 30d
  $ oh-storage conversations show 6b4cb2424a23d5962217beaddbc496cb
  $ oh-storage conversations prune --older-than 90d --keep-latest 100 --dry-run`;

const searchExamples = `
With "--in events" what is said and done in conversations is searched: the events of all that meet the other conditions are
read, newest conversation first, until --limit are found. Say since when, where there are many. With --json one object: results, next_page_id, unreadable.

Examples:
  $ oh-storage conversations search flaky
  $ oh-storage conversations search 'npm test' --in events --created-from 7d
  $ oh-storage conversations search --repository acme/shop --trigger resolver --all
  $ oh-storage conversations search --created-from 2025-07-01 --created-before 2025-08-01 --json`;

const bundleExamples = `
A bundle is JSON Lines: the record, then an event a line. Other files of the conversation are not in it. A conversation
that was deleted can be imported again. With --json "import" gives one object: conversation_id, events.

Examples:
  $ oh-storage conversations export 6b4cb2424a23d5962217beaddbc496cb conversation.jsonl
  $ oh-storage conversations import conversation.jsonl --store s3://my-bucket/openhands
  $ oh-storage conversations export 6b4cb2424a23d5962217beaddbc496cb | oh-storage conversations import - --as copy`;

const deletionExamples = `
On a terminal it asks first; elsewhere it needs --yes. With --json "delete" gives a line for each (conversation_id,
deleted), "prune" one object (pruned, kept, unreadable).

Examples:
  $ oh-storage conversations delete 6b4cb2424a23d5962217beaddbc496cb
  $ oh-storage conversations prune --older-than 90d --keep-latest 100 --dry-run
  $ oh-storage conversations prune --older-than 90d --keep-latest 100 --yes`;
