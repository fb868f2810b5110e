import { Bench, type Task } from 'tinybench';
import { collectGarbage } from './collect-garbage.ts';
import { flushFileSystem } from './flush-file-system.ts';
import type { RowContext } from './rows/row-context.ts';

/** One of the things that are compared. */
export interface Side {
  readonly name: string;
  /** Comes before each turn, not measured. */
  readonly prepare?: (() => Promise<void>) | undefined;
  /** One operation. */
  readonly run: () => unknown;
  /** Comes after each turn, not measured; throws when what the operations did is wrong. */
  readonly check?: (() => Promise<void>) | undefined;
}

/** Rounds in which every side has one turn. Odd, so that the median is one of them. */
const allRounds = { ofFewSides: 11, ofManySides: 7, ofShortRuns: 5 } as const;

/** Below so many seconds a side a turn of one of many rounds would end before the compiler is done. */
const shortRunSeconds = 1;

/** More are many. */
const fewSides = 8;

/** How operations are under way. */
export interface Flight {
  /** How many at once. */
  readonly inFlight: number;
  /** Operations of each runner between two readings of the clock, where several run at once. Default: 8. */
  readonly operationsPerRunner?: number | undefined;
}

/**
 * Operations per second of each side, so many of them at once.
 *
 * The first round is preceded by a warm-up of all sides. The sides of a round follow each other at once, in another order each round.
 * Before each turn garbage is collected and, where sides prepare turns as those do that write, the file system is flushed: nobody pays for what
 * another left behind.
 */
export async function measureRates(
  sides: readonly Side[],
  flight: Flight,
  context: RowContext,
): Promise<ReadonlyMap<Side, readonly number[]>> {
  const rates = new Map(sides.map((side): [Side, number[]] => [side, []]));
  const rounds = roundsFor(sides.length, context.seconds);
  const time = (context.seconds * 1000) / rounds;
  const isWriting = sides.some(({ prepare }) => prepare !== undefined);
  for (let round = 0; round < rounds; round += 1) {
    const warmUp = { warmup: round === 0, warmupTime: time, warmupIterations: 1 };
    const bench = new Bench({ time, iterations: 1, ...warmUp, throws: true, signal: context.signal });
    for (const side of orderOf(sides, round)) {
      addTask(bench, side, flight, isWriting ? context.directory : undefined, () =>
        context.onProgress(`round ${round + 1} of ${rounds}: ${side.name}`),
      );
    }
    await bench.run();
    context.signal.throwIfAborted();
    for (const [side, reached] of rates) {
      reached.push(rateOf(bench.getTask(side.name), operationsPerIteration(flight)));
    }
  }
  return rates;
}

function addTask(bench: Bench, side: Side, flight: Flight, directory: string | undefined, onTurn: () => void): void {
  bench.add(side.name, flight.inFlight === 1 ? side.run : () => runTogether(side.run, flight), {
    async: true,
    beforeAll: async () => {
      onTurn();
      await side.prepare?.();
      if (directory !== undefined) {
        await flushFileSystem(directory);
      }
      collectGarbage();
    },
    afterAll: async () => await side.check?.(),
  });
}

function operationsPerIteration({ inFlight, operationsPerRunner = 8 }: Flight): number {
  return inFlight === 1 ? 1 : inFlight * operationsPerRunner;
}

/** Who is done takes the next one. */
async function runTogether(run: () => unknown, flight: Flight): Promise<void> {
  let remaining = operationsPerIteration(flight);
  const runner = async (): Promise<void> => {
    while (remaining > 0) {
      remaining -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: flight.inFlight }, runner));
}

function rateOf(task: Task | undefined, operations: number): number {
  const result = task?.result;
  if (result?.state !== 'completed') {
    throw new Error(`${task?.name ?? 'a side'} was not measured: ${result?.state ?? 'missing'}`);
  }
  return (operations * 1000) / result.latency.mean;
}

/** Begins with another side each round, and goes backwards every other round, so that none always follows the same one. */
function orderOf(sides: readonly Side[], round: number): Side[] {
  const first = round % sides.length;
  const order = [...sides.slice(first), ...sides.slice(0, first)];
  return round % 2 === 0 ? order : order.toReversed();
}

function roundsFor(sides: number, seconds: number): number {
  if (seconds < shortRunSeconds) {
    return allRounds.ofShortRuns;
  }
  return sides > fewSides ? allRounds.ofManySides : allRounds.ofFewSides;
}
