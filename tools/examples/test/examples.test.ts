import { globSync } from 'node:fs';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { gcsSource, s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { runExample } from '../src/run-example.ts';
import { exampleDirectory } from '../src/workspace.ts';

/** What a program prints. */
interface Wanted {
  readonly prints: readonly string[];
  /** What it must not print. */
  readonly hides?: readonly string[];
}

const wanted: Readonly<Record<string, Wanted>> = {
  'backup.ts': { prints: ['1 17', 'true [] []'] },
  'conversation-store.ts': { prints: ['c1 Fix the cart'] },
  'event-store-secrets.ts': { prints: ['<secret_hidden> <secret_hidden>'], hides: ['ghp_', 'deploy-'] },
  'event-store-server.ts': { prints: ['id: 1\ndata: {', 'ended'] },
  'event-store-tree.ts': { prints: ['2\n0\n'] },
  'event-store-types.ts': { prints: ["0 bash { command: 'ls' }"] },
  'event-store.ts': { prints: ['Fix the flaky test', '1\n'] },
  'file-store-core-faults.ts': { prints: ['unavailable', 'write notes/0 5 '] },
  'file-store-core-server.ts': { prints: ['200 hello', '{"status":404,"code":"not-found"}', '400 {'] },
  'file-store-core.ts': { prints: ["[ 'new.txt', 'today.txt' ]", '1 false'] },
  'file-store-local.ts': { prints: ['{"language":"en"}', "[ 'settings.json' ]"] },
  'file-store-webhook-outbox.ts': { prints: ['sessions/c1/events/1.json'] },
  'file-store-webhook-receiver.ts': { prints: ['1 [', 'language'] },
  'file-store-webhook.ts': { prints: ['sessions/c1/events/1.json'] },
  'overview-storage.ts': { prints: ['curl -u <secret_hidden> example.com'], hides: ['ghp_1234'] },
  'overview.ts': { prints: ['Hello'] },
  'secrets-store-agent-server.ts': { prints: ['[]'] },
  'secrets-store-kms.ts': { prints: ['sk-456 [', 'cannot be opened: the KMS does not answer\nsk-456'] },
  'secrets-store.ts': { prints: ['**********\nsk-123\n', "[ 'API_KEY' ]"], hides: ['ghp_456'] },
  'settings-store-keys.ts': { prints: ['"**********"\nsk-123'] },
  'settings-store.ts': { prints: ['de 260', "field: 'llm_model'"] },
  'storage-cli.ts': { prints: ['file'] },
  'storage-users.ts': { prints: ["[ 'alice' ]\n[ 'bob' ]"] },
  'storage.ts': { prints: ['curl -u <secret_hidden> example.com'], hides: ['ghp_1234'] },
};

/** Those that need a server. */
const withServer: Readonly<Record<string, Wanted>> = {
  'file-store-gcs.ts': { prints: ["[ 'settings.json' ]"] },
  'file-store-s3.ts': { prints: ["[ 'settings.json' ]"] },
  'storage-url.ts': { prints: ['container undefined object', "[ 'file' ] []"] },
};

/** No programs: what programs are made of. */
const modules = ['receiver.ts'];

it('knows every program', () => {
  expect(globSync('*.ts', { cwd: exampleDirectory }).sort()).toEqual(
    [...Object.keys(wanted), ...Object.keys(withServer), ...modules].sort(),
  );
});

async function check(name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const result = await runExample(name, env);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const { prints, hides = [] } = wanted[name] ?? withServer[name] ?? { prints: [] };
  for (const words of prints) {
    expect(result.stdout).toContain(words);
  }
  for (const words of hides) {
    expect(result.stdout).not.toContain(words);
  }
}

describe('the programs of the READMEs', { timeout: 60_000 }, () => {
  it.each(Object.keys(wanted))('%s', (name) => check(name));
});

describeWithServer(s3Source, (server) => {
  const environment = (): Record<string, string> => {
    const { endpoint, accessKeyId, secretAccessKey, region } = server();
    const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
    return { ...credentials, AWS_ENDPOINT_URL_S3: endpoint, AWS_S3_ENDPOINT: endpoint, AWS_S3_SECURE: 'false' };
  };
  beforeAll(async () => {
    const { endpoint, accessKeyId, secretAccessKey, region } = server();
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
    for (const bucket of ['agent-data', 'agents']) {
      await client.send(new CreateBucketCommand({ Bucket: bucket })).catch(ifOwned);
    }
    client.destroy();
  });
  it.each(['file-store-s3.ts', 'storage-url.ts'])('%s', { timeout: 60_000 }, (name) => check(name, environment()));
});

describeWithServer(gcsSource, (server) => {
  beforeAll(async () => {
    const { endpoint } = server();
    const response = await fetch(`${endpoint}/storage/v1/b?project=test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'my-agents' }),
    });
    expect([200, 409]).toContain(response.status);
  });
  it('file-store-gcs.ts', { timeout: 60_000 }, () => check('file-store-gcs.ts', { STORAGE_EMULATOR_HOST: server().endpoint }));
});

function ifOwned(error: unknown): void {
  if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) {
    throw error;
  }
}
