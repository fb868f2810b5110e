import { tmpdir } from 'node:os';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { numberedPuts } from '../numbered-puts.ts';
import { filesToRead, numberedReads } from '../numbered-reads.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import type { BareBucket, ObjectClient } from '../object-client.ts';
import type { ObjectOperations } from '../object-operations.ts';
import type { RowContext } from './row-context.ts';

/** Both sides on one bucket. */
export interface SmallObjects {
  /** What answers; it begins every line. */
  readonly server: string;
  readonly ours: ObjectClient;
  readonly bare: BareBucket;
  /** Other clients. Default: none. */
  readonly peers?: readonly ObjectOperations[] | undefined;
}

/** How many requests are under way, in words. */
const flights = [
  [1, 'one at a time'],
  [32, '32 in flight'],
] as const;

/** Requests of each runner between two readings of the clock: a server answers some hundreds a second. */
const operationsPerRunner = 2;

/** What the store reaches at least of the bare SDK. */
const wanted = { ratioAtLeast: 0.9 };

/** Writes and reads of objects of 1.4 KB. Each side reads what it has written itself. */
export async function compareSmallObjects({ server, ours, bare, peers = [] }: SmallObjects, rowContext: RowContext): Promise<Finding[]> {
  // That is where a server of our own has its data.
  const context = { ...rowContext, directory: tmpdir() };
  for (const [directory, client] of [
    ['read-ours', ours],
    ['read-bare', bare],
    ...peers.map((peer) => [readDirectoryOf(peer), peer] as const),
  ] as const) {
    await storeRecords(directory, client);
  }
  const findings: Finding[] = [];
  for (const [inFlight, flight] of flights) {
    const write = {
      what: `${server}: write of 1.4 KB, ${flight}`,
      inFlight,
      operationsPerRunner,
      ours: numberedPuts('ours', `put-ours-${inFlight}`, ours.put, bare),
      others: [
        { ...numberedPuts(bare.putName, `put-bare-${inFlight}`, bare.put, bare), wanted },
        ...peers.map(({ name, putName, put }) => numberedPuts(putName, `put-${name}-${inFlight}`, put, bare)),
      ],
    };
    const read = {
      what: `${server}: readBytes of 1.4 KB, ${flight}`,
      inFlight,
      operationsPerRunner,
      ours: numberedReads('ours', (name) => ours.get(`read-ours/${name}`)),
      others: [
        { ...numberedReads(bare.getName, (name) => bare.get(`read-bare/${name}`)), wanted },
        ...peers.map((peer) => numberedReads(peer.getName, (name) => peer.get(`${readDirectoryOf(peer)}/${name}`))),
      ],
    };
    findings.push(...(await compareRates(write, context)), ...(await compareRates(read, context)));
  }
  return findings;
}

function readDirectoryOf({ name }: ObjectOperations): string {
  return `read-${name}`;
}

async function storeRecords(directory: string, { put }: ObjectClient): Promise<void> {
  const numbers = Array.from({ length: filesToRead }, (_, number) => number);
  await Promise.all(numbers.map((number) => put(`${directory}/${recordFileName(number)}`, numberedRecord(number))));
}
