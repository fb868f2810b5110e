import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.ts';

/** A block of a document that is no TypeScript, with what the comments right before it say about running it. */
export interface DocumentBlock {
  /** From {@link workspaceRoot}. */
  readonly file: string;
  /** Of its first fence, from 1. */
  readonly line: number;
  /** `''` where the fence names none. */
  readonly language: string;
  readonly text: string;
  readonly notes: BlockNotes;
}

/** What comments such as `<!-- needs: zstd -->` say, in the lines before a block. */
export interface BlockNotes {
  /** Why it is not run. */
  readonly notRun?: string;
  /** Programs, and `s3` for a server, without which it is skipped. */
  readonly needs: readonly string[];
  /** What the reader is taken to have done: commands before the block. */
  readonly before: readonly string[];
  /** Commands after the block that show that it worked. */
  readonly after: readonly string[];
  /** The file whose contents it shows, from the home directory. */
  readonly fileName?: string;
  /** A command with the JSON that it describes. */
  readonly shapeOf?: string;
  /** Fields of the described JSON that may be missing, or `null`. */
  readonly optional: readonly string[];
  /** A program of this repository whose output it shows. */
  readonly outputOf?: string;
}

/** A command and what a document says that it prints. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

const fence = /^```(\S*)$/;
const note = /^<!-- (not run|needs|before|after|file|shape of|optional|output of): (.*) -->$/;

/** Reads the blocks of a document, but for those of TypeScript. */
export function readBlocks(file: string): DocumentBlock[] {
  const lines = readFileSync(join(workspaceRoot, file), 'utf8').split('\n');
  const blocks: DocumentBlock[] = [];
  let start: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (start === undefined && fence.test(line)) {
      start = index;
    } else if (start !== undefined && line === '```') {
      const language = fence.exec(lines[start] ?? '')?.[1] ?? '';
      if (language !== 'ts') {
        blocks.push({
          file,
          line: start + 1,
          language,
          text: lines.slice(start + 1, index).join('\n'),
          notes: readNotes(lines.slice(0, start)),
        });
      }
      start = undefined;
    }
  }
  return blocks;
}

/** Reads the commands of a console: lines after `$ `, gone on with after `> `, each with what follows. */
export function readCommands(text: string): ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [first = '', ...rest] = part.split('\n');
      const more = rest.findIndex((line) => !line.startsWith('> '));
      const continued = more === -1 ? rest : rest.slice(0, more);
      const output = rest.slice(continued.length).join('\n').trimEnd();
      return { command: [first, ...continued.map((line) => line.slice(2))].join('\n'), output };
    });
}

function readNotes(linesBefore: readonly string[]): BlockNotes {
  const found = linesBefore.slice(linesBefore.findLastIndex((line) => !note.test(line)) + 1).map((line) => note.exec(line) ?? []);
  const all = (kind: string): string[] => found.flatMap(([, name, text = '']) => (name === kind ? [text] : []));
  const one = (kind: string): string | undefined => all(kind)[0];
  const [notRun, fileName, shapeOf, outputOf] = [one('not run'), one('file'), one('shape of'), one('output of')];
  return {
    ...(notRun === undefined ? {} : { notRun }),
    needs: all('needs').flatMap((names) => names.split(', ')),
    optional: all('optional').flatMap((names) => names.split(', ')),
    before: all('before'),
    after: all('after'),
    ...(fileName === undefined ? {} : { fileName }),
    ...(shapeOf === undefined ? {} : { shapeOf }),
    ...(outputOf === undefined ? {} : { outputOf }),
  };
}
