import type { CommandCondition, CommandContents, ModelCommand } from './model-command.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Some are beginnings of others, as text and as directories; some sort differently by UTF-8 and by UTF-16. */
const paths = ['a', 'a/b', 'ab', 'a/b/c', 'a/b/d', 'a-b', 'a/bc', 'a0/b', 'b/c/d/e', 'b', '\uffee/x', '😀'] as const;
const directories = ['', 'a', 'a/b', 'b', 'b/c/', 'a0', 'missing', ...paths] as const;
const startAfters = ['', 'a/', 'a/b/', 'a/b/c/d', 'a/a', 'aa', '\uffff', ...paths] as const;

const kinds = [
  ...(['write', 'write', 'write', 'append', 'append', 'append', 'append', 'copy', 'copy', 'move', 'move', 'delete'] as const),
  ...(['stat', 'exists', 'list', 'entries', 'entries', 'read', 'readBytes', 'readStream', 'open'] as const),
] as const;

type Pool = readonly [string, ...string[]];

/** Commands that look random, on a few paths, so that they meet; the same for the same state of `random`. */
export function generateCommands(random: SeededRandom, count: number): ModelCommand[] {
  const pool: Pool = [random.pick(paths), ...Array.from({ length: 1 + random.below(4) }, () => random.pick(paths))];
  return Array.from({ length: count }, () => generateCommand(random, pool));
}

function generateCommand(random: SeededRandom, pool: Pool): ModelCommand {
  const kind = random.pick(kinds);
  const path = random.pick(pool);
  switch (kind) {
    case 'write':
      return { do: kind, path, contents: contents(random), condition: condition(random), ...label(random) };
    case 'append':
      return { do: kind, path, contents: contents(random), condition: { ...condition(random), ...sizeCondition(random) } };
    case 'copy':
    case 'move':
      return { do: kind, path, to: random.pick(pool), condition: condition(random) };
    case 'delete': {
      const { ifAbsent: _ifAbsent, ...rest } = condition(random);
      return { do: kind, path: random.oneIn(3) ? `${path}/` : path, condition: rest };
    }
    case 'list':
      return { do: kind, path: random.pick(directories) };
    case 'entries':
      return { do: kind, path: random.pick(directories), options: entriesOptions(random) };
    case 'stat':
    case 'exists':
      return { do: kind, path };
    default:
      return { do: kind, path, ...(random.oneIn(2) ? { range: range(random) } : {}) };
  }
}

/** Small, now and then empty, and rarely of more than one chunk of any backend. */
function contents(random: SeededRandom): CommandContents {
  const as = random.pick(['text', 'bytes', 'stream'] as const);
  const size = random.oneIn(100) && as !== 'text' ? 300_000 + random.below(9) : random.below(12);
  return { as, size, seed: random.below(1_000_000) };
}

function label(random: SeededRandom): { label?: string } {
  return random.oneIn(4) ? { label: random.pick(['one', 'two']) } : {};
}

function condition(random: SeededRandom): CommandCondition {
  const ifVersion = random.pick(['current', 'current', 'stale', 'stale', 'other', 'garbage'] as const);
  switch (random.below(8)) {
    case 0:
      return { ifAbsent: true };
    case 1:
    case 2:
    case 3:
      return { ifVersion };
    case 4:
      return random.oneIn(8) ? random.pick([{ ifAbsent: true, ifVersion }, { ifVersion: 'empty' }]) : {};
    default:
      return {};
  }
}

function sizeCondition(random: SeededRandom): CommandCondition {
  const ifSize = random.pick(['current', 'current', 'current', 'zero', 'zero', 'wrong', 'wrong', 'negative'] as const);
  return random.oneIn(4) ? { ifSize } : {};
}

function entriesOptions(random: SeededRandom): Extract<ModelCommand, { do: 'entries' }>['options'] {
  return {
    ...(random.oneIn(2) ? { recursive: random.oneIn(4) === false } : {}),
    ...(random.oneIn(2) ? { startAfter: random.pick(startAfters) } : {}),
    ...(random.oneIn(3) ? { limit: random.below(5) - (random.oneIn(40) ? 5 : 0) } : {}),
  };
}

function range(random: SeededRandom): { start?: number; end?: number } {
  const scale = random.oneIn(20) ? 300_000 : 14;
  const start = random.below(scale);
  const end = start + random.below(scale) - (random.oneIn(20) ? 3 : 0);
  return random.pick<{ start?: number; end?: number }>([{ start }, { end }, { start, end }, { start, end }]);
}
