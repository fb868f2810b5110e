import { parseArgs } from 'node:util';
import { explore, formatStep, parsePlan } from './explore.ts';
import { prepare, runPlan } from './run-plan.ts';
import { scenarios } from './scenarios.ts';

/** Explores the scenarios and counts the runs; or repeats one run. Exit code 0: every promise was kept; 1: one was not. */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    preemptions: { type: 'string' },
    beside: { type: 'string' },
    plan: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run explore -w @oh-tools/interleave -- [options]

  --only REGEXP      the scenarios, by their names; default: all
  --preemptions N    in runs without a fault; default: each scenario's
  --beside N         preemptions in runs with a fault; default: each scenario's
  --plan PLAN        this run alone, with its operations: '37!repeated 38>1'
  --help             prints this

Exit code 0: every promise was kept; 1: one was not, or no scenario has such a name.

Scenarios, with their preemptions and those beside a fault:

${scenarios.map(({ name, bound }) => `  ${bound.preemptions} ${bound.beside}  ${name}`).join('\n')}`;

const chosen = values.help ? [] : scenarios.filter(({ name }) => new RegExp(values.only).test(name));
if (values.help) {
  console.log(help);
} else if (chosen.length === 0) {
  console.error(`no scenario has a name like ${values.only}; --help prints them`);
  process.exitCode = 1;
}

Error.stackTraceLimit = 4;
for (const scenario of chosen) {
  if (values.plan !== undefined) {
    const { steps, violation } = await runPlan(scenario, await prepare(scenario), parsePlan(values.plan));
    console.log([...steps.map(formatStep), violation ?? 'every promise was kept'].join('\n'));
    process.exitCode = violation === undefined ? 0 : 1;
    continue;
  }
  const began = process.hrtime.bigint();
  const { preemptions, beside } = scenario.bound;
  const bound = { preemptions: Number(values.preemptions ?? preemptions), beside: Number(values.beside ?? beside) };
  const { counts, operations, violation } = await explore(scenario, bound);
  const seconds = (Number(process.hrtime.bigint() - began) / 1e9).toFixed(1);
  console.log(
    `${scenario.name}: ${Object.entries(counts)
      .map(([kind, count]) => `${count} of ${kind}`)
      .join(', ')}; ${operations} operations in ${seconds} s`,
  );
  if (violation !== undefined) {
    console.log(violation);
    process.exitCode = 1;
  }
}
