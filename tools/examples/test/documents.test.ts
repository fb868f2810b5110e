import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type S3Server, s3Source } from '@oh-tools/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentBlock, readBlocks, readCommands } from '../src/document-block.ts';
import { findShapeDifferences, parseJsonBlock } from '../src/json-shape.ts';
import { makeReaderHome, type ReaderHome } from '../src/reader-home.ts';
import { findUnknownCommands } from '../src/repository-commands.ts';
import { type CommandResult, ShellSession } from '../src/shell-session.ts';
import { VolatileTokens } from '../src/volatile-tokens.ts';
import { workspaceRoot } from '../src/workspace.ts';

const documents = globSync(['*.md', 'docs/*.md', '{packages,tools}/*/README.md', 'benchmarks/README.md'], { cwd: workspaceRoot }).sort();
const blocksOf = new Map(documents.map((file) => [file, readBlocks(file)]));
const blocks = [...blocksOf.values()].flat();

/** The buckets that the documents name. */
const buckets = ['agents', 'my-bucket'];

let server: S3Server | undefined;

beforeAll(async () => {
  if (missing('s3') === undefined) {
    server = await s3Source.start();
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
    for (const bucket of buckets) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    }
    client.destroy();
  }
});

afterAll(async () => {
  await server?.stop();
});

it('finds the documents', () => {
  expect(documents.length).toBeGreaterThan(25);
});

const onlyInstalls = (block: DocumentBlock): boolean =>
  block.language === 'sh' && block.text.split('\n').every((line) => line.startsWith('npm install '));
const notRun = blocks.filter(({ notes }) => notes.notRun !== undefined);
const run = blocks.filter((block) => block.notes.notRun === undefined && !onlyInstalls(block));

it('says of every other block why it is not run, and names no command that is not there', () => {
  const where = notRun.map(({ file, line, notes }) => `${file}:${line} (${notes.notRun})`);
  console.log(
    `${run.length} blocks are run, ${blocks.filter(onlyInstalls).length} are installed by tools/registry, ${where.length} are not run:`,
  );
  console.log(where.join('\n'));
  const ofShell = notRun.filter(({ language }) => language === 'sh');
  expect(ofShell.flatMap(({ file, line, text }) => findUnknownCommands(text).map((command) => `${file}:${line} ${command}`))).toEqual([]);
});

it.each(blocks.filter(({ language }) => language === 'json'))('parses the JSON of $file:$line', ({ text }) => {
  expect(parseJsonBlock(text)).not.toEqual([]);
});

describe.each(documents.filter((file) => run.some((block) => block.file === file)))('%s', { timeout: 60_000 }, (file) => {
  let home: ReaderHome;
  let shell: ShellSession;
  let tokens: VolatileTokens;

  beforeAll(async () => {
    home = await makeReaderHome(serverVariables());
    shell = new ShellSession(home.env);
    tokens = new VolatileTokens();
  });

  afterAll(async () => {
    await shell[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  for (const block of run.filter((each) => each.file === file)) {
    const lacking = block.notes.needs.map(missing).find((reason) => reason !== undefined);
    const name = `line ${block.line}${lacking === undefined ? '' : ` (skipped: ${lacking})`}`;
    it.skipIf(lacking !== undefined)(name, async () => {
      await prepare(block);
      await check(block);
      await runAll(block.notes.after);
    });
  }

  async function prepare({ notes, text }: DocumentBlock): Promise<void> {
    await runAll(['cd', ...notes.before]);
    if (notes.fileName !== undefined) {
      const path = join(home.directory, notes.fileName.replace(/^~\//, ''));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${text}\n`);
    }
  }

  async function check(block: DocumentBlock): Promise<void> {
    switch (block.language) {
      case 'console':
        for (const { command, output } of readCommands(block.text)) {
          await compare(command, output);
        }
        break;
      case 'sh':
        await runAll([`(set -e\n${block.text}\n)`]);
        break;
      case 'json':
        await checkJson(block);
        break;
      case '':
        expect(block.notes.outputOf, 'a block without a language says what prints it').toBeDefined();
        await compare(`node --conditions=@oh/source ${join(workspaceRoot, block.notes.outputOf ?? '')}`, block.text);
        break;
      default:
        expect(block.notes.fileName, 'a file says where it belongs').toBeDefined();
        expect(block.notes.after, 'a file is used').not.toEqual([]);
    }
  }

  async function compare(command: string, shown: string): Promise<void> {
    const { output } = await shell.run(tokens.toActual(command));
    const elided = elide(asShown(output), shown);
    expect(`$ ${command}\n${tokens.toShown(elided, shown)}`).toBe(`$ ${command}\n${shown}`);
  }

  async function checkJson({ text, notes }: DocumentBlock): Promise<void> {
    const shown = parseJsonBlock(text);
    expect(notes.shapeOf, 'a format says what shows it').toBeDefined();
    const actual = parseJsonBlock((await runAll([notes.shapeOf ?? ''])).output);
    expect(findShapeDifferences(shown[0], actual[0], notes.optional)).toEqual([]);
  }

  /** Runs commands that must succeed. */
  async function runAll(commands: readonly string[]): Promise<CommandResult> {
    let result: CommandResult = { exitCode: 0, output: '' };
    for (const command of commands) {
      result = await shell.run(tokens.toActual(command));
      expect(result, command).toMatchObject({ exitCode: 0 });
    }
    return result;
  }

  /** The reader's computer is `laptop`, their home `/home/me`, and the lines that a slow run says once a second are left out. */
  function asShown(output: string): string {
    return output
      .replaceAll(`${hostname()}:${home.directory}`, 'laptop:/home/me')
      .replaceAll(home.directory, '/home/me')
      .replaceAll(/^oh-storage: \[progress\] .*\n?/gm, '');
  }
});

/** Replaces the lines for which a line `...` stands in `shown`. */
function elide(output: string, shown: string): string {
  const [head, tail] = shown.split(/^\.\.\.$/m);
  if (head === undefined || tail === undefined) {
    return output;
  }
  const lines = output.split('\n');
  const [above, below] = [head.split('\n').length - 1, tail.split('\n').length - 1];
  return [...lines.slice(0, above), '...', ...(below === 0 ? [] : lines.slice(-below))].join('\n');
}

function serverVariables(): Record<string, string> {
  return server === undefined
    ? {}
    : {
        AWS_ENDPOINT_URL_S3: server.endpoint,
        AWS_REGION: server.region,
        AWS_ACCESS_KEY_ID: server.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      };
}

/** Why something is not here. In CI the server is, or the tests fail. */
function missing(name: string): string | undefined {
  if (name === 's3') {
    return process.env['CI'] === 'true' ? undefined : s3Source.missing();
  }
  return spawnSync(name, ['--version']).status === 0 ? undefined : `${name} is not here`;
}
