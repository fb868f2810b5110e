/** A value for people: a text as it is, an instant in UTC, a dash for none, and JSON of anything else. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) {
    return '-';
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
