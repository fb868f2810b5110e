import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Shows the names and descriptions of the secrets; no key is needed for them. */
export async function listSecrets(context: CliContext, options: StoreOptions): Promise<void> {
  const { secrets } = await context.openStorage(options);
  const infos = await secrets.list({ signal: context.signal });
  if (infos.length === 0) {
    context.note('no secrets');
  } else if (context.json) {
    await context.output.write(infos.map(({ name, description }) => toJsonLine({ name, description })).join(''));
  } else {
    const rows = infos.map(({ name, description }) => [name, description || '-']);
    await context.output.write(await formatTable(rows, { head: ['name', 'description'], columns: context.io.columns }));
  }
}
