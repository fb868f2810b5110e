import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Shows the names and descriptions of the secrets, and of which providers there are tokens; no key is needed for them. */
export async function listSecrets(context: CliContext, options: StoreOptions): Promise<void> {
  const { signal, output } = context;
  const { secrets } = await context.openStorage(options);
  const [custom, tokens] = [await secrets.list({ signal }), await secrets.listProviderTokens({ signal })];
  if (custom.length + tokens.length === 0) {
    context.note('no secrets');
  } else if (context.json) {
    const lines = [
      ...custom.map(({ name, description }) => ({ kind: 'custom', name, description })),
      ...tokens.map(({ provider: name, host, user_id }) => ({ kind: 'provider', name, host, user_id })),
    ];
    await output.write(lines.map(toJsonLine).join(''));
  } else {
    const rows = [
      ...custom.map(({ name, description }) => [name, 'custom', description || '-']),
      ...tokens.map(({ provider, host }) => [provider, 'provider', host === null ? '-' : `at ${host}`]),
    ];
    await output.write(await formatTable(rows, { head: ['name', 'kind', 'description'], columns: context.io.columns }));
  }
}
