import { setTimeout } from 'node:timers/promises';
import { type FileStore, FileStoreError, updateFile } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { explore, formatPlan, formatStep, parsePlan } from '../src/explore.ts';
import { repeat } from '../src/repeat.ts';
import { prepare, runPlan } from '../src/run-plan.ts';
import type { Scenario, Stage } from '../src/scenario.ts';
import { scenarios } from '../src/scenarios.ts';

/** Two actors add one to a number, each in its way. */
function counting(add: (files: FileStore) => Promise<unknown>): Scenario {
  return {
    name: 'counting',
    bound: { preemptions: 2, beside: 1 },
    prepare: async (files) => void (await files.write('number', '0')),
    begin: () => {
      let acknowledged = 0;
      const actor = async ({ files }: { readonly files: FileStore }): Promise<void> => {
        await add(files);
        acknowledged += 1;
      };
      return {
        actors: { first: actor, second: actor },
        check: async (files) => {
          const number = Number(await files.read('number'));
          if (number < acknowledged) {
            throw new Error(`${acknowledged} acknowledged, ${number} there`);
          }
        },
      };
    },
  };
}

const plusOne = (text = '0'): string => `${Number(text) + 1}`;

describe('explore', () => {
  it('finds the schedule in which a careless change is lost, tells it, and repeats it', async () => {
    const careless = counting(async (files) => await files.write('number', plusOne(await files.read('number'))));
    const { counts, violation } = await explore(careless);
    expect(counts).toMatchObject({ 0: 2 });
    expect(violation).toMatch(/^counting, plan "0>1 2>1":\n +0 second: begin[\s\S]*2 acknowledged, 1 there/);
    expect((await runPlan(careless, await prepare(careless), parsePlan('0>1 2>1'))).violation).toMatch(/^2 acknowledged, 1 there/);
  });

  it('finds nothing in a change by compare-and-set, with any fault', async () => {
    const { counts, violation } = await explore(counting((files) => updateFile(files, 'number', plusOne)));
    expect(violation).toBeUndefined();
    expect(counts).toEqual({ 0: 2, 1: 4, 2: 8, '0+fault': 20, '1+fault': 52 });
  });

  it('takes what looks at the whole store for something that meets every change', async () => {
    const firstOf = async ({ files, name }: Stage): Promise<void> => {
      if ((await files.list()).length === 0) {
        await files.write(name, '');
      }
    };
    const alone: Scenario = {
      name: 'only one',
      bound: { preemptions: 1, beside: 0 },
      begin: () => ({
        actors: { first: firstOf, second: firstOf },
        check: async (files) => {
          if ((await files.list()).length !== 1) {
            throw new Error('both took the store for empty');
          }
        },
      }),
    };
    expect((await explore(alone)).violation).toMatch(/both took the store for empty/);
  });

  it('tells of who waits for ever', async () => {
    let isOver = false;
    const polling: Scenario = {
      name: 'polling',
      bound: { preemptions: 0, beside: 0 },
      begin: () => ({
        actors: {
          poller: async () => {
            while (!isOver) {
              await setTimeout(1);
            }
          },
        },
        check: async () => undefined,
      }),
    };
    const { violation } = await runPlan(polling, await prepare(polling), []);
    isOver = true;
    expect(violation).toMatch(/waits for time for ever/);
    await setTimeout(1);
    const unavailable = new FileStoreError('unavailable', 'always');
    await expect(repeat(() => Promise.reject(unavailable))).rejects.toBe(unavailable);
  });

  it('finds what one lost answer does', async () => {
    const again = counting(async (files) => {
      const info = await files.stat('number');
      const change = async () => await files.write('number', plusOne(await files.read('number')), { ifVersion: info.version });
      await change().catch(() => files.write('number', '0'));
    });
    expect((await explore(again, { preemptions: 0, beside: 0 })).violation).toMatch(/plan "(0>1 )?\d+!lost"/);
  });

  it('does the same operations in the same order whenever a plan is repeated', async () => {
    for (const scenario of scenarios) {
      const contents = await prepare(scenario);
      const [first, second] = [await runPlan(scenario, contents, []), await runPlan(scenario, contents, [])];
      expect(second.steps.map(formatStep)).toEqual(first.steps.map(formatStep));
    }
  });

  it('writes plans as it reads them', () => {
    expect(formatPlan(parsePlan('3>1 17!lost 17>2'))).toBe('3>1 17!lost 17>2');
    expect(() => parsePlan('3<1')).toThrow(RangeError);
    expect(() => parsePlan('3!burns')).toThrow(RangeError);
  });
});
