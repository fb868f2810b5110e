import type { Received } from './receiver.ts';

interface Item {
  readonly method: string;
  readonly path: string;
  readonly content?: string;
}

/** A receiver that keeps files, in either form: a delete takes what lies below along, and a request with an id that it knows changes nothing. */
export class FileReceiver {
  readonly files = new Map<string, string>();
  /** Of each path what was told, in order: contents, or `-` for a delete. */
  readonly history = new Map<string, string[]>();
  /** Ids that came with two different requests. */
  readonly changedIds = new Set<string>();
  readonly #known = new Map<string, string>();

  take({ method, target, headers, body }: Received): void {
    const id = String(headers['webhook-id']);
    const request = `${method} ${target} ${body.toString('base64')}`;
    const known = this.#known.get(id);
    if (known !== undefined) {
      if (known !== request) {
        this.changedIds.add(id);
      }
      return;
    }
    this.#known.set(id, request);
    const path = decodeURIComponent(target.slice('/hook/'.length));
    const items = path === '' ? (JSON.parse(String(body)) as Item[]) : [{ method, path, content: String(body) }];
    for (const item of items) {
      this.#keep(item);
    }
  }

  #keep({ method, path, content = '' }: Item): void {
    this.history.set(path, [...(this.history.get(path) ?? []), method === 'POST' ? content : '-']);
    if (method === 'POST') {
      this.files.set(path, content);
      return;
    }
    for (const file of [...this.files.keys()].filter((each) => each === path || each.startsWith(`${path}/`))) {
      this.files.delete(file);
    }
  }
}
