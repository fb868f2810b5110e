import type { Contents, Operation } from './history.ts';

/** The verdict on the history of one file. */
export interface Linearizability {
  /** How many possibilities were looked at. */
  readonly searched: number;
  /** The first answer that cannot be, and what the file can have been when it came; `undefined` where the history is linearizable. */
  readonly fault?: { readonly operation: Operation; readonly possible: readonly Contents[] };
}

/**
 * Decides whether operations on one file can have happened one after another, each at some instant between its call and its answer, on a file that
 * is missing at first. Those that are `open` happen at any time after their call, or never.
 *
 * It is the search of Wing and Gong with Lowe's memory of configurations, in the order of the events: an operation happens no earlier than an
 * answer requires it. So only what is under way has to be remembered, and the first answer that cannot be is found.
 *
 * @param operations Of one path, in any order.
 * @param maxPossibilities How many possibilities are held in memory at a time.
 * @throws {RangeError} When there are more: there is no verdict then.
 * @see https://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/paper.pdf
 */
export function checkLinearizability(operations: readonly Operation[], maxPossibilities = 1_000_000): Linearizability {
  const search = new Search(operations, maxPossibilities);
  for (const { index, isCall } of toEvents(operations)) {
    if (isCall) {
      search.call(index);
      continue;
    }
    const possible = search.answer(index);
    const operation = operations[index];
    if (possible !== undefined && operation !== undefined) {
      return { searched: search.searched, fault: { operation, possible } };
    }
  }
  return { searched: search.searched };
}

interface Event {
  readonly index: number;
  readonly at: number;
  readonly isCall: boolean;
}

/** In the order of time; of one instant the calls first, since those operations may have overlapped. */
function toEvents(operations: readonly Operation[]): readonly Event[] {
  const events = operations.flatMap(({ calledAt, answeredAt, outcome }, index): readonly Event[] => {
    const call = { index, at: calledAt, isCall: true };
    return outcome === 'open' ? [call] : [call, { index, at: answeredAt, isCall: false }];
  });
  return events.sort((one, other) => one.at - other.at || Number(other.isCall) - Number(one.isCall));
}

/** What the file may be, if these of the operations under way have happened, by their indices in ascending order. */
interface Possibility {
  readonly contents: Contents;
  readonly happened: readonly number[];
}

class Search {
  searched = 0;
  readonly #operations: readonly Operation[];
  readonly #maxPossibilities: number;
  /** Called and not answered. */
  readonly #underWay = new Map<number, Operation>();
  #possibilities: readonly Possibility[] = [{ contents: undefined, happened: [] }];

  constructor(operations: readonly Operation[], maxPossibilities: number) {
    this.#operations = operations;
    this.#maxPossibilities = maxPossibilities;
  }

  call(index: number): void {
    const operation = this.#operations[index];
    if (operation === undefined || (operation.outcome === 'open' && !isChange(operation))) {
      return;
    }
    this.#underWay.set(index, operation);
    this.#possibilities = this.#possibilities.map((possibility) => this.#settle(possibility));
  }

  /** Leaves the possibilities in which the operation has happened. @returns What the file can have been, where there are none. */
  answer(index: number): readonly Contents[] | undefined {
    const seen = new Set<string>();
    const left = new Map<string, Possibility>();
    const stack = [...this.#possibilities];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const key = keyOf(next);
      if (seen.has(key)) {
        continue;
      }
      seen.add(key);
      if (seen.size > this.#maxPossibilities) {
        throw new RangeError(`more than ${this.#maxPossibilities} possibilities at one answer`);
      }
      if (next.happened.includes(index)) {
        const after = { ...next, happened: next.happened.filter((other) => other !== index) };
        left.set(keyOf(after), after);
      } else {
        stack.push(...this.#nextOf(next));
      }
    }
    this.searched += seen.size;
    if (left.size === 0) {
      return [...new Set(this.#possibilities.map(({ contents }) => contents))];
    }
    this.#underWay.delete(index);
    this.#possibilities = [...left.values()];
    return undefined;
  }

  *#nextOf({ contents, happened }: Possibility): Generator<Possibility> {
    for (const [index, operation] of this.#underWay) {
      if (isChange(operation) && operation.expected === contents && !happened.includes(index)) {
        // Contents that were replaced never come back, so an open change of them cannot happen twice and need not be remembered.
        const isForgotten = operation.outcome === 'open' && operation.expected !== undefined;
        yield this.#settle({ contents: operation.replacement, happened: isForgotten ? happened : [...happened, index] });
      }
    }
  }

  /** What changes nothing happens as soon as it can: nothing is lost by that, and the order of reads is no matter of search. */
  #settle({ contents, happened }: Possibility): Possibility {
    const settled = new Set(happened);
    for (const [index, operation] of this.#underWay) {
      if (!isChange(operation) && (operation.expected === contents) === (operation.outcome === 'done')) {
        settled.add(index);
      }
    }
    return { contents, happened: [...settled].sort((one, other) => one - other) };
  }
}

/** Whether an operation changes the file when it happens. */
function isChange({ expected, replacement, outcome }: Operation): boolean {
  return outcome !== 'refused' && expected !== replacement;
}

function keyOf({ contents, happened }: Possibility): string {
  return `${contents ?? ''} ${happened.join()}`;
}
