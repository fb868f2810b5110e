import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../src/event.ts';
import { compileFilter, type EventFilter } from '../src/event-filter.ts';

function passes(filter: EventFilter, event: Omit<StoredEvent, 'id'>): boolean {
  return compileFilter(filter)({ id: 0, ...event });
}

describe('a filter', () => {
  it('lets everything pass that it does not speak of', () => {
    expect(passes({}, {})).toBe(true);
    expect(passes({ query: '', excludeHidden: false }, {})).toBe(true);
  });

  it('drops hidden events: at the top, in args, in extras', () => {
    for (const event of [{ hidden: true }, { args: { hidden: true } }, { extras: { hidden: true } }]) {
      expect(passes({ excludeHidden: true }, event)).toBe(false);
      expect(passes({}, event)).toBe(true);
    }
    expect(passes({ excludeHidden: true }, { hidden: false, args: { hidden: 'yes' }, extras: null })).toBe(true);
  });

  it('finds a text in the JSON as Python spells it, and as JavaScript does, whatever the case', () => {
    const event = { args: { command: 'LS -l', note: 'Grüße' }, list: [1, 2] };
    for (const query of ['ls -L', '"command": "ls', '"command":"ls', '[1, 2]', 'GRÜSSE'.replace('SS', 'ß'), 'gr\\u00fc']) {
      expect(passes({ query }, event)).toBe(true);
    }
    expect(passes({ query: 'lsl' }, event)).toBe(false);
  });

  it('knows types by name, and all actions and observations', () => {
    const run = { action: 'run' };
    const output = { observation: 'run' };
    expect(passes({ includeTypes: ['action'] }, run)).toBe(true);
    expect(passes({ includeTypes: ['action'] }, output)).toBe(false);
    expect(passes({ includeTypes: ['action:read', 'observation:run'] }, output)).toBe(true);
    expect([run, output, { action: 'read' }].map((event) => passes({ includeTypes: ['run'] }, event))).toEqual([true, true, false]);
    expect(passes({ includeTypes: ['MessageEvent'] }, { kind: 'MessageEvent' })).toBe(true);
    expect(passes({ includeTypes: [] }, run)).toBe(false);
    expect(passes({ excludeTypes: ['observation'] }, output)).toBe(false);
    expect(passes({ excludeTypes: ['action:read'] }, run)).toBe(true);
    expect(passes({ includeTypes: ['action'], excludeTypes: ['action:run'] }, run)).toBe(false);
  });

  it('compares the source; an event without one does not pass', () => {
    expect(passes({ source: 'user' }, { source: 'user' })).toBe(true);
    expect(passes({ source: 'user' }, { source: 'agent' })).toBe(false);
    expect(passes({ source: 'user' }, {})).toBe(false);
  });

  it('compares instants, both ends included; an event without a time passes', () => {
    const timestamp = '2026-07-18T17:01:36.799608+02:00';
    expect(passes({ startDate: '2026-07-18T15:01:36.799608Z' }, { timestamp })).toBe(true);
    expect(passes({ startDate: '2026-07-18T15:01:36.799609Z' }, { timestamp })).toBe(false);
    expect(passes({ endDate: '2026-07-18T16:01:36.799608+0100' }, { timestamp })).toBe(true);
    expect(passes({ endDate: '2026-07-18T15:01:36.7996Z' }, { timestamp })).toBe(false);
    expect(passes({ startDate: new Date('2026-07-18T15:01:37Z') }, { timestamp })).toBe(false);
    expect(passes({ startDate: new Date('2026-07-18T15:01:36Z') }, { timestamp })).toBe(true);
    expect(passes({ startDate: new Date(2026, 6, 18, 9), endDate: new Date(2026, 6, 18, 9) }, { timestamp: '2026-07-18T09:00:00' })).toBe(
      true,
    );
    expect(passes({ startDate: '2026-07-18' }, { timestamp: '2026-07-18 00:00' })).toBe(true);
    expect(passes({ startDate: '2026-07-18' }, { timestamp: '2026-07-17T23:59:59' })).toBe(false);
    expect(passes({ startDate: '2026-07-18' }, {})).toBe(true);
    expect(passes({ startDate: '2026-07-18' }, { timestamp: 'yesterday' })).toBe(true);
  });

  it.each(['yesterday', '2026-13-01', '2026-01-01T25:00', ''])('refuses %j as a date', (startDate) => {
    expect(() => compileFilter({ startDate })).toThrow('[invalid-argument]');
    expect(() => compileFilter({ endDate: new Date(Number.NaN) })).toThrow('[invalid-argument]');
  });
});
