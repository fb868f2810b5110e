/** A `Retry-After` counts up to this, the longest pause of the Standard Webhooks schedule: no receiver silences a store for longer. */
const maxRetryAfterMs: number = 24 * 60 * 60 * 1000;

/**
 * The milliseconds that a header `Retry-After` asks for, a day at most: from seconds or an HTTP date; `undefined` for anything else.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const delayMs = /^\d+$/.test(text) ? Number(text) * 1000 : /^[A-Z][a-z]+, /.test(text) ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(0, delayMs), maxRetryAfterMs);
}
