import { MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileSettingsStore, settingsSchema } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const key = fc.oneof(
  { weight: 3, arbitrary: text.filter((each) => each.trim() !== '').map((each) => `key ${each}`) },
  fc.constantFrom(null, '', '  ', '**********', '<secret-hidden>'),
);
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const json = fc.jsonValue({ maxDepth: 3 });

/** Changes of known fields of each kind, of unknown ones, and of ones with names that mean something elsewhere. */
const changes = fc.record(
  {
    language: nullable(text),
    max_iterations: nullable(fc.integer()),
    max_budget_per_task: nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
    enable_sound_notifications: fc.boolean(),
    llm_api_key: key,
    search_api_key: key,
    condenser_max_size: nullable(fc.integer({ min: 20, max: 1000 })),
    later: json,
    'a.b': json,
    constructor: json,
  },
  { requiredKeys: [] },
);

const step = fc.record({
  how: fc.constantFrom('store', 'update', 'form'),
  change: changes,
  format: fc.constantFrom('native', 'openhands'),
});

const masks = ['**********', '<secret-hidden>'];
const keyFields = ['llm_api_key', 'search_api_key'];

/** What a change means, said in the simplest way. */
function applyToModel(model: Map<string, unknown>, change: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(change)) {
    if (keyFields.includes(field) && typeof value === 'string') {
      if (!masks.includes(value)) {
        model.set(field, value.trim() === '' ? null : value);
      }
    } else {
      model.set(field, value);
    }
  }
}

/** As read back: zeros have no sign in JSON, and keys are exposed. */
function plain(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const exposed = Object.entries(settings).map(([field, value]) => {
    const hasText = typeof value === 'object' && value !== null && 'expose' in value && typeof value.expose === 'function';
    return [field, hasText ? { key: String((value.expose as () => unknown).call(value)) } : value];
  });
  return JSON.parse(JSON.stringify(Object.fromEntries(exposed))) as Record<string, unknown>;
}

describe('settings', () => {
  it('are what the changes say, one after the other, in either form, by a store or a form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const files = new MemoryFileStore();
        const sealer = new ContextSealer();
        const model = new Map<string, unknown>(Object.entries(settingsSchema.parse({})));
        for (const { how, change, format } of steps) {
          const settings = new FileSettingsStore({ files, sealer, format: format as 'native' | 'openhands' });
          const shown = how === 'form' ? (JSON.parse(JSON.stringify((await settings.load()) ?? {})) as object) : {};
          const saved = how === 'update' ? await settings.update(() => change) : await settings.store({ ...shown, ...change });
          applyToModel(model, change);
          const expected = plain(
            Object.fromEntries(
              [...model].map(([field, value]) => [field, keyFields.includes(field) && value !== null ? { key: value } : value]),
            ),
          );
          expect(plain(saved)).toEqual(expected);
          expect(plain((await settings.load()) ?? {})).toEqual(expected);
          const written = await files.read('settings.json');
          expect(masks.filter((mask) => written.includes(mask))).toEqual(masks.filter((mask) => JSON.stringify(expected).includes(mask)));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('that were written are the same bytes when they are written again', async () => {
    await fc.assert(
      fc.asyncProperty(changes, fc.constantFrom('native', 'openhands'), async (change, format) => {
        const files = new MemoryFileStore();
        const settings = new FileSettingsStore({ files, sealer: new ContextSealer(), format: format as 'native' | 'openhands' });
        await settings.store(change);
        const written = await files.read('settings.json');
        await settings.store((await settings.load()) ?? {});
        await settings.update((current) => ({ ...current }));
        expect(await files.read('settings.json')).toBe(written);
        await settings.store({ git_user_name: 'x' });
        await settings.store({ git_user_name: null });
        expect(await files.read('settings.json')).toBe(written.replace(/}$/, `${written.endsWith('{}') ? '' : ','}"git_user_name":null}`));
      }),
      { numRuns: 150 },
    );
  });
});
