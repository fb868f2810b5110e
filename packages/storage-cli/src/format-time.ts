/** An instant for people, to the second, in UTC: `2025-06-12T09:30:11Z`; what is no instant is shown as a dash. */
export function formatTime(instant: Date | string | null | undefined): string {
  const date = new Date(instant ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '-' : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
