import type { Location } from '../locations/location.ts';

/** Names a source in the record of a target; `undefined` for what is in memory: another run has its versions for other contents. */
export function recordKeyOf({ address }: Location): string | undefined {
  return address.startsWith('memory:') ? undefined : address;
}
