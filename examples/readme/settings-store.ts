// #region quickstart
import { LocalFileStore } from '@oh/file-store-local';
import { FileSettingsStore } from '@oh/settings-store';

await using files = new LocalFileStore({ root: './agent-data' });
const settings = new FileSettingsStore({ files, userId: 'alice', environment: process.env });

await settings.store({ language: 'de', max_iterations: 250 });
await settings.update(({ max_iterations }) => ({ max_iterations: (max_iterations ?? 0) + 10 }));

const current = await settings.load();
console.log(current?.language, current?.max_iterations);
console.log(await settings.explain('llm_model')); // { field, value, origins: [{ layer: 'environment', source: 'LLM_MODEL' }, ...] }
// #endregion
