import type { FileStore } from '@oh/file-store-core';
import { FileSettingsStore } from '@oh/settings-store';
import { repeat } from '../repeat.ts';
import type { Play, Scenario } from '../scenario.ts';

const path = 'settings.json';

/** As OpenHands writes them: the first change migrates them. */
const before = JSON.stringify({
  language: 'de',
  llm_model: 'old',
  later: [1],
  mcp_config: { sse_servers: ['https://a.example', 'https://a.example'] },
});

/** Fields that were changed, and what nobody changes. */
class SettingsRecord {
  readonly #acknowledged: [field: 'llm_model' | 'agent' | 'language', value: string][] = [['language', 'de']];

  update(field: 'llm_model' | 'agent'): Play['actors'][string] {
    return async ({ files, name }) => {
      await repeat(() => new FileSettingsStore({ files }).update((stored) => ({ ...stored, [field]: name })));
      this.#acknowledged.push([field, name]);
    };
  }

  async check(files: FileStore): Promise<void> {
    const settings = await new FileSettingsStore({ files }).load();
    const lost = this.#acknowledged.filter(([field, value]) => settings?.[field] !== value);
    if (lost.length > 0) {
      throw new Error(`lost: ${lost.join(' ')}`);
    }
  }

  /** The file is the old one, or migrated and beside one backup of what it was. */
  async checkMigration(files: FileStore): Promise<void> {
    const text = await files.read(path);
    const backups = (await files.list()).filter((each) => each.endsWith('.bak'));
    const [kept] = await Promise.all(backups.map((each) => files.read(each)));
    if (backups.length > 1 || (kept !== undefined && kept !== before) || (kept === undefined && text !== before)) {
      throw new Error(`the settings are ${text}; their backups ${backups.join() || 'none'}, ${kept}`);
    }
    if (JSON.stringify(JSON.parse(text).later) !== '[1]') {
      throw new Error(`a field that nobody knows is lost: ${text}`);
    }
  }
}

const reader: Play['actors'][string] = async ({ files }) => {
  const settings = await repeat(() => new FileSettingsStore({ files }).load());
  if (settings?.language !== 'de') {
    throw new Error(`the language is ${settings?.language}`);
  }
};

/** `@oh/settings-store`: changes, and the migration that the first one makes. */
export const settingsScenarios: readonly Scenario[] = [
  {
    name: 'settings: update, update',
    bound: { preemptions: 2, beside: 1 },
    prepare: async (files) => void (await new FileSettingsStore({ files }).store({ language: 'de' })),
    begin: () => {
      const record = new SettingsRecord();
      return { actors: { first: record.update('llm_model'), second: record.update('agent') }, check: (files) => record.check(files) };
    },
  },
  {
    name: 'settings: update and migrate, update and migrate, load',
    bound: { preemptions: 2, beside: 1 },
    prepare: async (files) => void (await files.write(path, before)),
    begin: () => {
      const record = new SettingsRecord();
      return {
        actors: { first: record.update('llm_model'), second: record.update('agent'), reader },
        check: async (files) => {
          await record.check(files);
          await record.checkMigration(files);
        },
      };
    },
  },
];
