const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A number of bytes for people: `17 B`, `1.4 KiB`, `23 MiB`; powers of 1024. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be shown as 1024 is one of the next.
  while (Math.round(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
