// #region quickstart
import { LocalFileStore } from '@oh/file-store-local';
import { FileSecretsStore, KeyFile, KeyRing } from '@oh/secrets-store';

await using files = new LocalFileStore({ root: './agent-data' });
const keys = new KeyRing({ files, wrapper: new KeyFile({ path: './agent.key' }) });
const secrets = new FileSecretsStore({ files, keys, userId: 'alice' });

await secrets.setSecret('API_KEY', 'sk-123', 'for the shop');
await secrets.update((current) => current.withProviderToken('github', { token: 'ghp_456' }));

const key = await secrets.getSecret('API_KEY');
console.log(`${key}`); // **********
console.log(key?.expose()); // sk-123

const loaded = await secrets.load();
console.log(JSON.stringify(loaded)); // names and descriptions, and ********** for each value
const env = loaded?.getEnvVars(); // { API_KEY: 'sk-123' }
// #endregion

console.log(Object.keys(env ?? {}));

// #region rotation
import { keyStatus, listSecretsStores, Passphrase, retireKey, rotateKeys } from '@oh/secrets-store';

// All users that there are by now, so called each time; add every other store that seals with these keys.
const findUse = async () => ({ keys, holders: await listSecretsStores({ files, keys }) });

await rotateKeys(await findUse()); // a new key; every data key is wrapped by it, the values stay as they are
const [old] = await keyStatus(await findUse()); // each key with its state and the number of values that need it
if (old !== undefined) {
  await retireKey(await findUse(), old.id); // refused while anything needs it
}
await keys.protectWith(new Passphrase('a new one')); // another passphrase, or another kind of protection
// #endregion
