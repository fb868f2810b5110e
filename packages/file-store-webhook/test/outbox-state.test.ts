import { expect, it } from 'vitest';
import { type OutboxRecord, parseLog, toLine } from '../src/outbox-record.ts';
import { OutboxState } from '../src/outbox-state.ts';

function stateOf(records: readonly OutboxRecord[]): OutboxState {
  const state = new OutboxState();
  for (const record of records) {
    state.apply(record);
  }
  return state;
}

it('comes again from the lines that it gives', () => {
  const state = stateOf([
    { t: 'open', v: 1 },
    { t: 'intent', id: 'text', n: 4, path: 'a', change: { kind: 'written', bytes: Buffer.from('\ufeffü') } },
    { t: 'intent', id: 'bytes', n: 5, path: 'b', change: { kind: 'written', bytes: Buffer.from([0xff, 0x00]) } },
    { t: 'intent', id: 'gone', n: 6, path: 'c', change: { kind: 'deleted' } },
    { t: 'intent', id: 'failed', n: 7, path: 'd', change: { kind: 'changed' } },
    { t: 'outcome', ids: ['text', 'bytes'], outcome: 'made' },
    { t: 'outcome', ids: ['failed'], outcome: 'failed' },
    { t: 'tried', ids: ['bytes', 'failed'], attempts: 3, reason: 'HTTP 503' },
    { t: 'batch', id: 'first', ids: ['text', 'gone'] },
    { t: 'batch', id: 'second', ids: ['bytes'] },
    { t: 'batch', id: 'none', ids: ['failed'] },
  ]);
  const notices = [
    { id: 'text', n: 4, outcome: 'made', failedAttempts: 0 },
    { id: 'bytes', n: 5, outcome: 'made', failedAttempts: 3, lastFailure: 'HTTP 503' },
    { id: 'gone', n: 6, outcome: undefined, failedAttempts: 0 },
  ];
  const again = stateOf(parseLog('log', Buffer.from([...state.toLines()].join(''))));
  for (const each of [state, again]) {
    expect(each.notices).toMatchObject(notices);
    expect(each.batches).toEqual([
      { id: 'first', ids: ['text', 'gone'] },
      { id: 'second', ids: ['bytes'] },
    ]);
  }
  expect(again.notices).toEqual(state.notices);
  again.apply({ t: 'done', ids: ['text', 'bytes'] });
  expect(again.batches).toEqual([{ id: 'first', ids: ['text', 'gone'] }]);
  again.apply({ t: 'looked', id: 'gone', change: null });
  expect([...again.toLines()]).toEqual([toLine({ t: 'open', v: 1 })]);
});

const [open, done, sealed] = ['{"t":"open","v":1}', '{"t":"done","ids":[]}', '{"t":"sealed"}'];

it.each([
  ['half a line at the end', [open, done, '{"t":"do'], ['open', 'done']],
  ['half a line before a seal', [open, '{"t":"do', '', sealed, ''], ['open', 'sealed']],
  ['a seal alone', ['', sealed, ''], ['sealed']],
  ['two seals', [open, '', sealed, '', sealed, ''], ['open', 'sealed', 'sealed']],
  ['a look that found nothing', [open, '{"t":"looked","id":"a","change":null}'], ['open', 'looked']],
])('reads a log with %s', (_, lines, expected) => {
  expect(parseLog('log', Buffer.from(lines.join('\n'))).map(({ t }) => t)).toEqual(expected);
});

it.each<readonly [string, readonly string[]]>([
  ['half a line that is followed', [open, '', '{"t":"do', done]],
  ['half a line before a seal, and nothing before it', ['', '', '{"t":"do', sealed]],
  ['a record behind the seal', [open, sealed, done]],
  ...['null', '5', '[]', '{}', '{"t":"other"}', '{"t":"open","v":2}'].map((line) => [line, [open, '', line, done]] as const),
])('reads no log with %s, and names the line', (_, lines) => {
  expect(() => parseLog('log', Buffer.from(lines.join('\n')))).toThrow(/^\[corrupt\] line 3 of the outbox "log"/);
});
