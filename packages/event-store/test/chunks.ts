/** Texts and bytes as a source of chunks. */
export async function* chunks(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const text of texts) {
    yield typeof text === 'string' ? Buffer.from(text) : text;
  }
}

/** All that a source gives, as text. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source) {
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}
