import { readdir, readFile } from 'node:fs/promises';

/**
 * The first page of a search as OpenHands 0.62 finds it: it lists the directory, reads every record, one after the other, sorts them by
 * the text of `created_at` and cuts off the page. Without pydantic's validation and Python's threads, which cost it more.
 */
export async function searchAsOpenHands(root: string, limit: number): Promise<readonly string[]> {
  const records: { readonly conversation_id: string; readonly created_at: string }[] = [];
  for (const name of await readdir(`${root}/sessions`)) {
    if (!name.startsWith('.')) {
      records.push(JSON.parse(await readFile(`${root}/sessions/${name}/metadata.json`, 'utf8')));
    }
  }
  records.sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  return records.slice(0, limit).map(({ conversation_id }) => conversation_id);
}
