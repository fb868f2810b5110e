import { LocalFileStore } from '@oh/file-store-local';
import { FileSecretsStore, type ProviderType } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';

await using files = new LocalFileStore({ root: './agent-data' });

// #region keys
import { KeyFile, KeyRing } from '@oh/secrets-store';

const sealer = new KeyRing({ files, wrapper: new KeyFile({ path: './agent.key' }) });
const settings = new FileSettingsStore({ files, sealer });
await settings.store({ llm_model: 'openai/gpt-5', llm_api_key: 'sk-123' });

const loaded = await settings.load();
console.log(JSON.stringify(loaded?.llm_api_key)); // "**********"
console.log(loaded?.llm_api_key?.expose()); // sk-123
// #endregion

const secrets = new FileSecretsStore({ files, keys: sealer });

// #region hand-over
await settings.handOverSecrets({
  // A FileSecretsStore of @oh/secrets-store; what it has already stays.
  receive: async ({ providerTokens, customSecrets }, options) => {
    await secrets.update((current) => {
      let next = current;
      for (const [provider, { token, host, user_id }] of Object.entries(providerTokens)) {
        next = Object.hasOwn(current.providerTokens, provider)
          ? next
          : next.withProviderToken(provider as ProviderType, { token: token.expose(), host, user_id });
      }
      for (const [name, { secret, description }] of Object.entries(customSecrets)) {
        next = Object.hasOwn(current.customSecrets, name) ? next : next.withCustomSecret(name, secret.expose(), description);
      }
      return next;
    }, options);
  },
  load: (options) => secrets.load(options),
});
// #endregion
