import { tmpdir } from 'node:os';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { numberedPuts } from '../numbered-puts.ts';
import { filesToRead, numberedReads } from '../numbered-reads.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import type { BareBucket, ObjectClient } from '../object-client.ts';
import type { RowContext } from './row-context.ts';

/** Both sides on one bucket. */
export interface SmallObjects {
  /** What answers; it begins every line. */
  readonly server: string;
  readonly ours: ObjectClient;
  readonly bare: BareBucket;
}

/** How many requests are under way, in words. */
const flights = [
  [1, 'one at a time'],
  [32, '32 in flight'],
] as const;

/** What the store reaches at least of the bare SDK. */
const wanted = { ratioAtLeast: 0.9 };

/** Writes and reads of objects of 1.4 KB. Each side reads what it has written itself. */
export async function compareSmallObjects({ server, ours, bare }: SmallObjects, rowContext: RowContext): Promise<Finding[]> {
  // That is where a server of our own has its data.
  const context = { ...rowContext, directory: tmpdir() };
  await Promise.all([storeRecords('read-ours', ours), storeRecords('read-bare', bare)]);
  const findings: Finding[] = [];
  for (const [inFlight, flight] of flights) {
    const write = {
      what: `${server}: write of 1.4 KB, ${flight}`,
      inFlight,
      ours: numberedPuts('ours', `put-ours-${inFlight}`, ours.put, bare),
      others: [{ ...numberedPuts(bare.putName, `put-bare-${inFlight}`, bare.put, bare), wanted }],
    };
    const read = {
      what: `${server}: readBytes of 1.4 KB, ${flight}`,
      inFlight,
      ours: numberedReads('ours', (name) => ours.get(`read-ours/${name}`)),
      others: [{ ...numberedReads(bare.getName, (name) => bare.get(`read-bare/${name}`)), wanted }],
    };
    findings.push(...(await compareRates(write, context)), ...(await compareRates(read, context)));
  }
  return findings;
}

async function storeRecords(directory: string, { put }: ObjectClient): Promise<void> {
  const numbers = Array.from({ length: filesToRead }, (_, number) => number);
  await Promise.all(numbers.map((number) => put(`${directory}/${recordFileName(number)}`, numberedRecord(number))));
}
