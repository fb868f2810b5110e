import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultProxy, type FaultRule, gcsOperation, s3Operation, startFaultProxy } from '@oh-tools/fault-proxy';
import { gcsSource, s3Source } from '@oh-tools/servers';
import type { Place } from './place.ts';

/** The backends on which the proof is made. */
export const backends = ['local', 'minio', 'gcs'] as const;

/** One of {@link backends}. */
export type Backend = (typeof backends)[number];

/** A place that the processes reach through broken connections, and the same place without. */
export interface ProvingGround extends AsyncDisposable {
  /** For the processes under test. */
  readonly broken: Place;
  /** For the judge. */
  readonly whole: Place;
  /** How many exchanges were broken so far. */
  readonly faults: () => number;
}

/** A tenth of all exchanges goes wrong, in the ways that hurt: before, in the middle, and after the server has done it. */
const rules: readonly FaultRule[] = [
  { fault: { type: 'lose-response' }, probability: 0.04 },
  { fault: { type: 'reset', at: 'start' }, probability: 0.02 },
  { fault: { type: 'reset', at: 'response-body' }, probability: 0.02 },
  { fault: { type: 'duplicate', answer: 'second' }, probability: 0.02 },
  { fault: { type: 'status', status: 503 }, probability: 0.02 },
];

/** Why a backend cannot be tried here; `undefined` when it can. */
export function missingFor(backend: Backend): string | undefined {
  return backend === 'local' ? undefined : (backend === 'minio' ? s3Source : gcsSource).missing();
}

/** Starts what a backend needs. */
export async function openProvingGround(backend: Backend, seed: number): Promise<ProvingGround> {
  if (backend === 'local') {
    const root = await mkdtemp(join(tmpdir(), 'oh-event-proof-'));
    const place: Place = { kind: 'local', root };
    return { broken: place, whole: place, faults: () => 0, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
  }
  if (backend === 'minio') {
    const server = await s3Source.start();
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
    const proxy = await startFaultProxy({ upstream: endpoint, seed, kindOf: s3Operation });
    const whole: Place = { kind: 's3', endpoint, region, bucket, accessKeyId, secretAccessKey };
    return ground({ ...whole, endpoint: proxy.endpoint }, whole, proxy, server);
  }
  const server = await gcsSource.start();
  const proxy = await startFaultProxy({ upstream: server.endpoint, seed, kindOf: gcsOperation });
  const whole: Place = { kind: 'gcs', endpoint: server.endpoint, bucket: server.bucket };
  return ground({ ...whole, endpoint: proxy.endpoint }, whole, proxy, server);
}

function ground(broken: Place, whole: Place, proxy: FaultProxy, server: AsyncDisposable): ProvingGround {
  proxy.rules.set(rules);
  return {
    broken,
    whole,
    faults: () => Object.values(proxy.requests.faults).reduce((sum, count) => sum + count, 0),
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
