import { type Command, Option } from 'commander';
import type { ExportEventsToOptions } from '../actions/export-events.ts';
import type { ShowEventsOptions } from '../actions/show-events.ts';
import type { TailEventsOptions } from '../actions/tail-events.ts';
import type { CliContext } from '../cli-context.ts';
import { collect } from '../collect.ts';
import { countParser } from '../count-parser.ts';
import { parseInstant } from '../parse-instant.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `events` with `show`, `tail` and `export`. */
export function addEventsCommand(program: Command, context: CliContext): void {
  const events = program
    .command('events')
    .description('Show, follow and export the events of a conversation.')
    .addHelpText('after', examples);
  addShowCommand(events, context);
  addTailCommand(events, context);
  addExportCommand(events, context);
}

function addShowCommand(events: Command, context: CliContext): void {
  addStoreOptions(
    events
      .command('show')
      .description('Show events: id, time in UTC, source, type, and the beginning of what they say.')
      .argument('<id>', 'the conversation')
      .option('--from <id>', 'the first event', countParser(undefined, 0))
      .option('--to <id>', 'the last event', countParser(undefined, 0))
      .option('--reverse', 'from the last to the first')
      .option('--limit <n>', 'at most so many', countParser())
      .option('--source <name>', 'only of this source: user, agent, environment')
      .option(
        '--type <name>',
        'only of this type, as it is shown, such as run; or action, observation, action:run; may be repeated',
        collect,
      )
      .option('--exclude-type <name>', 'none of this type; may be repeated', collect)
      .option('--query <text>', 'only those whose JSON holds the text, in upper or lower case')
      .option('--since <time>', 'not before: an age such as 2h, or a date', parseInstant)
      .option('--until <time>', 'not after', parseInstant)
      .option('--hidden', 'those that are marked hidden, too')
      .addHelpText('after', showExamples)
      .action(async (id: string, options: ShowEventsOptions) => {
        const { showEvents } = await import('../actions/show-events.ts');
        await showEvents(context, id, options);
      }),
  );
}

function addTailCommand(events: Command, context: CliContext): void {
  addStoreOptions(
    events
      .command('tail')
      .description('Show the last events, with --follow also those that come, whoever appends them.')
      .argument('<id>', 'the conversation')
      .option('-f, --follow', 'go on until Ctrl-C')
      .addOption(
        new Option('-n, --lines <n>', 'so many of the last ones; with --follow also 0').argParser(countParser(undefined, 0)).default(10),
      )
      .addHelpText('after', examples)
      .action(async (id: string, options: TailEventsOptions) => {
        const { tailEvents } = await import('../actions/tail-events.ts');
        await tailEvents(context, id, options);
      }),
  );
}

function addExportCommand(events: Command, context: CliContext): void {
  addStoreOptions(
    events
      .command('export')
      .description("Write the events of a conversation: as they are stored, a line each, or as OpenHands' trajectory.json.")
      .argument('<id>', 'the conversation')
      .argument('[file]', 'a new file, or a directory for one; - is stdout', '-')
      .addOption(new Option('--format <name>', 'how').choices(['jsonl', 'trajectory']).default('jsonl'))
      .option('--screenshots', 'keep the screenshots of the browser in a trajectory')
      .option('--skip-unreadable', 'leave out what cannot be read, instead of failing behind the last event')
      .addHelpText('after', exportExamples)
      .action(async (id: string, file: string, options: ExportEventsToOptions) => {
        const { exportEventsTo } = await import('../actions/export-events.ts');
        await exportEventsTo(context, id, file, options);
      }),
  );
}

const examples = `
An event that cannot be read is named on stderr and hides no other; the exit code is 1. With --json each event is a line, as it is stored.

Examples:
  $ oh-storage events show 6b0d549b6f03675a1600a35a099950d8 --reverse --limit 20
  $ oh-storage events tail 6b0d549b6f03675a1600a35a099950d8 --follow
  $ oh-storage events export 6b0d549b6f03675a1600a35a099950d8 --format trajectory trajectory.json`;

const showExamples = `
An event that cannot be read is named on stderr and hides no other; the exit code is 1. With --json each event is a line, as it is stored.

Examples:
  $ oh-storage events show 6b0d549b6f03675a1600a35a099950d8 --reverse --limit 20
  $ oh-storage events show 6b0d549b6f03675a1600a35a099950d8 --source agent --type action:run --since 2h
  $ oh-storage events show 6b0d549b6f03675a1600a35a099950d8 --json | jq -r 'select(.source == "user") | .message'`;

const exportExamples = `
Examples:
  $ oh-storage events export 6b0d549b6f03675a1600a35a099950d8 > events.jsonl
  $ oh-storage events export 6b0d549b6f03675a1600a35a099950d8 --format trajectory trajectory.json`;
