import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { MemoryFileStore } from '@oh/file-store-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileSettingsStore, type FileSettingsStoreOptions } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';

/** A key that must be seen nowhere, and everything that was seen. */
class Canaries {
  readonly #keys: string[] = [];
  readonly #seen: string[] = [];

  make(): string {
    // Short enough for the messages of JSON and TOML readers to quote it as a whole.
    const key = `k${this.#keys.length}~${Math.random().toString(36).slice(2, 8)}`;
    this.#keys.push(key);
    return key;
  }

  get count(): number {
    return this.#keys.length;
  }

  see(...values: readonly unknown[]): void {
    for (const value of values) {
      this.#seen.push(inspect(value, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null }), String(value));
      this.#seen.push(JSON.stringify(value) ?? '', value instanceof Error ? `${value.stack}` : '');
    }
  }

  leaked(): string[] {
    const numbers = this.#seen.flatMap((text) =>
      Array.from(text.matchAll(/k(\d+)~/g), ({ index, 1: number = '' }) => ({ text, index, number })),
    );
    const leaked = numbers.flatMap(({ text, index, number }) => {
      const key = this.#keys[Number(number)];
      return key !== undefined && text.startsWith(key, index) ? [key] : [];
    });
    return [...new Set(leaked)];
  }
}

describe('a thousand keys', () => {
  const canaries = new Canaries();
  const onMessage = (message: unknown): void => canaries.see(message);

  beforeEach(() => {
    subscribe('oh:file-store', onMessage);
    for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => canaries.see(...values));
    }
  });

  afterEach(() => {
    unsubscribe('oh:file-store', onMessage);
    vi.restoreAllMocks();
  });

  /** Settings with eight keys, in every place that knows keys. */
  function keys(): Record<string, unknown> {
    return {
      llm_api_key: canaries.make(),
      search_api_key: canaries.make(),
      sandbox_api_key: canaries.make(),
      mcp_config: {
        sse_servers: [{ url: 'https://a.test/', api_key: canaries.make() }],
        shttp_servers: [{ url: 'https://b.test/', api_key: canaries.make() }],
        stdio_servers: [{ name: 'c', command: 'c', env: { TOKEN: canaries.make() } }],
      },
      agent_settings: { llm: { api_key: canaries.make() }, condenser: { llm: { aws_secret_access_key: canaries.make() } } },
    };
  }

  async function attempt(action: () => unknown): Promise<void> {
    try {
      canaries.see(await action());
    } catch (error) {
      canaries.see(error);
    }
  }

  it('are seen in no log, error, message, inspection or JSON, and in no file', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 60; round += 1) {
      const files = new MemoryFileStore();
      const sealed: FileSettingsStoreOptions = { files, sealer: new ContextSealer() };
      const settings = new FileSettingsStore(sealed);
      const given = keys();
      await attempt(() => settings.store(given));
      await attempt(() => settings.load());
      await attempt(() => settings.update((current) => ({ ...current, search_api_key: canaries.make() })));
      await attempt(() => settings.explain('mcp_config'));
      await attempt(() => new FileSettingsStore({ files }).store(keys()));
      await attempt(() => new FileSettingsStore({ files, sealer: new ContextSealer('k2') }).load());
      await attempt(() => settings.store({ language: { key: canaries.make() } as never, max_iterations: canaries.make() }));
      await attempt(() => settings.store({ condenser_max_size: 1, mcp_config: { sse_servers: [canaries.make()] } }));
      await attempt(() => settings.store({ confirmation_mode: canaries.make(), mcp_config: { stdio_servers: canaries.make() } as never }));
      await attempt(() => new FileSettingsStore({ files, config: { text: `[llm]\napi_key = "${canaries.make()}` } }));
      await attempt(() => new FileSettingsStore({ files, config: { text: `[core]\nmax_iterations = "${canaries.make()}"` } }));
      await attempt(() => new FileSettingsStore({ ...sealed, environment: { LLM_API_KEY: canaries.make() } }).explain('llm_api_key'));
      await attempt(() => new FileSettingsStore({ files, environment: { MAX_ITERATIONS: canaries.make() } }));
      for (const path of await files.list('')) {
        canaries.see(await files.read(path));
      }
      const plain = canaries.make();
      for (const text of [
        `{"llm_api_key":"${plain}"`,
        `"${plain}"`,
        `{"llm_api_key":"${plain}","max_iterations":"${plain}"}`,
        `${plain}`,
      ]) {
        await files.write('settings.json', text);
        await attempt(() => settings.load());
        await attempt(() => settings.store({ language: 'de' }));
      }
    }
    expect(canaries.count).toBeGreaterThanOrEqual(1000);
    expect(canaries.leaked()).toEqual([]);
  });

  it('would be seen', () => {
    const others = new Canaries();
    const key = others.make();
    others.see(new Error(key));
    expect(others.leaked()).toEqual([key]);
  });
});
