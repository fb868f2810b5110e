import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { terminalMissing } from '@oh-tools/terminal';
import { expect, it } from 'vitest';

const whyNot = terminalMissing === undefined ? '' : ` (skipped: ${terminalMissing})`;

it.skipIf(terminalMissing !== undefined)(`types into a terminal${whyNot}`, async () => {
  // #region terminal
  const { runInTerminal } = await import('@oh-tools/terminal');

  const { output, exitCode } = await runInTerminal({
    command: ['sh', '-c', 'printf "name: "; read name; echo "hello $name"'],
    cwd: '/tmp',
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' },
    replies: [['name: ', 'me\r']], // each when the text before it has appeared
  });
  console.log(output); // name: me, hello me
  // #endregion
  expect({ output, exitCode }).toEqual({ output: 'name: me\r\nhello me\r\n', exitCode: 0 });
});

describeWithServer(s3Source, (server) => {
  it('is behind a proxy that breaks connections', async () => {
    const upstream = server().endpoint;
    // #region fault-proxy
    const { s3Operation, startFaultProxy } = await import('@oh-tools/fault-proxy');

    await using proxy = await startFaultProxy({ upstream, seed: 7, kindOf: s3Operation });
    proxy.rules.set([
      { fault: { type: 'lose-response' }, probability: 0.2, match: ({ kind }) => kind === 'PutObject' },
      { fault: { type: 'reset', at: 'start' }, times: 3 },
    ]);
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => fetch(`${proxy.endpoint}/bucket/key`, { method: 'PUT', body: 'x' })),
    );
    console.log(proxy.requests.byKind); // { PutObject: 20 }
    console.log(proxy.requests.faults); // { reset: 3, 'lose-response': 7 }
    // #endregion
    const faults = Object.values(proxy.requests.faults).reduce((sum, count) => sum + count, 0);
    expect(proxy.requests.byKind).toEqual({ PutObject: 20 });
    expect(faults).toBeGreaterThan(3);
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(faults);
  });
});
