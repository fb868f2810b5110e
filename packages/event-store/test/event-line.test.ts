import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBody, formatLine, parseEvent, parseHead } from '../src/event-line.ts';

describe('a line of the log', () => {
  it('is read as what was written, and its head without reading it all', () => {
    const options = fc.record({
      id: fc.nat(),
      operationId: fc.option(fc.string({ minLength: 1, unit: 'binary' }), { nil: undefined }),
      fencingToken: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(options, fc.dictionary(fc.string(), fc.jsonValue()), (head, given) => {
        const { id: _id, operation_id: _operation, fencing_token: _fence, ...fields } = given;
        const line = formatLine({ ...head, body: encodeBody(fields) });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        const text = line.slice(0, -1);
        expect(parseHead(text)).toEqual(head);
        const { id, operation_id, fencing_token = 0, ...rest } = parseEvent(text) ?? { id: -1 };
        expect({ id, operationId: operation_id, fencingToken: fencing_token }).toEqual(head);
        expect(JSON.stringify(rest)).toBe(JSON.stringify(fields));
      }),
    );
  });

  it('begins with all that the next event depends on, also where the fields come in another order', () => {
    const head = { id: 1, operationId: 'op', fencingToken: Number.MAX_SAFE_INTEGER };
    expect(parseHead('{"id":1,"operation_id":"op","fencing_token":9007199254740991,"a":1}')).toEqual(head);
    expect(parseHead('{"id":1,"fencing_token":9007199254740991,"operation_id":"op"}')).toEqual(head);
    expect(parseHead('{"id":1,"a":1,"fencing_token":9007199254740991,"operation_id":"op"}')).toMatchObject({ id: 1 });
  });

  it('keeps every number as it stands, whichever reader takes it', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,24})?([eE][+-]?\d{1,3})?$/);
    const place = fc.constantFrom('{"id":1,"n":#}', '{"id": 1, "n": #}', '{"id":1,"n":[#,#]}', '{"id":1,"n":[1, #]}');
    fc.assert(
      fc.property(number, place, (digits, text) => {
        const event = parseEvent(text.replaceAll('#', digits));
        const [written = ''] = /(?<=[:,[])-?\d[^,\]}]*(?=[\]}]+$)/.exec(JSON.stringify(event)) ?? [];
        expect(toDecimal(written)).toBe(toDecimal(digits));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', '[]', '5', 'null', '{', '{}', '{"id":"1"}', '{"id":-1}', '{"id":1.5}', '{"id":9007199254740993}', '{"id":1', '{"id":1}x'])(
    'is no event: %s',
    (text) => {
      expect(parseEvent(text)).toBeUndefined();
      expect(parseHead(text)).toBeUndefined();
    },
  );
});

/** One spelling for each decimal number. */
function toDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`;
  const significant = digits.replace(/^0+|0+$/g, '');
  const trailing = /0*$/.exec(digits)?.[0].length ?? 0;
  return significant === '' ? `${sign}0` : `${sign}${significant}e${Number(exponent) - fraction.length + trailing}`;
}
