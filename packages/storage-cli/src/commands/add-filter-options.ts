import type { Command } from 'commander';
import { parsePattern } from '../filter/parse-pattern.ts';

/** Adds `--exclude` and `--include`. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--exclude <pattern>', 'leave out what it matches; may be repeated', parsePattern)
    .option('--include <pattern>', 'take only what it, or another one, matches; may be repeated; --exclude counts more', parsePattern);
}

/** What patterns are, for the help of each command that has them. */
export const filterHelp = `
Patterns are lines of a .gitignore at the top of FROM: "*.log" at any depth, "/tmp" at the top alone, "cache/" a
directory with all that is in it, "logs/**/*.gz". Capitals and small letters differ; braces are letters. Of several
patterns of one option the last that matches counts, and "!" makes an exception, but not in a directory that matches.`;
