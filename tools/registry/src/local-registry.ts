import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { runServer } from 'verdaccio';

/** An npm registry on loopback; anyone may publish `@oh/*`, everything else comes from upstream. */
export interface LocalRegistry extends AsyncDisposable {
  /** With the slash at its end. */
  readonly url: string;
}

/**
 * Starts a registry on a free port, with storage of its own that is removed with it.
 *
 * @param upstream The registry that serves the packages of others; it is never asked for `@oh/*`.
 */
export async function startLocalRegistry(upstream: string): Promise<LocalRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'oh-registry-'));
  const configPath = join(directory, 'config.yaml');
  // Every JSON document is a YAML document.
  await writeFile(configPath, JSON.stringify(toConfig(directory, upstream)));
  // Node trusts the roots it was built with; a network that signs anew what passes through it adds its own to the system's.
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
  const server = (await runServer(configPath)) as Server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** @see https://verdaccio.org/docs/configuration */
function toConfig(directory: string, upstream: string): object {
  return {
    storage: join(directory, 'storage'),
    auth: { htpasswd: { file: join(directory, 'htpasswd'), max_users: -1 } },
    uplinks: { upstream: { url: upstream, timeout: '60s', max_fails: 10 } },
    packages: {
      '@oh/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'error' },
  };
}
