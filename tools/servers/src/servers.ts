import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type RunningServer, serverSources } from './index.ts';
import { installServers } from './install-servers.ts';

/**
 * `npm run servers`: starts what there is and prints the lines to export, until Ctrl-C; `--install` builds or pulls MinIO and fake-gcs-server
 * and starts nothing; `--list` tells what would be started.
 *
 * Exit code 0; 1 when a server did not start; 2 when one is missing that can be had, with what to do. radosgw is only mentioned.
 */
const { values } = parseArgs({ options: { install: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } } });

if (values.list) {
  for (const source of serverSources) {
    console.log(`${source.name}: ${source.missing() ?? 'here'}`);
  }
} else {
  const failures = values.install || isOneMissing() ? (await installServers((line) => console.error(line))).failures : [];
  for (const failure of failures) {
    console.error(failure);
  }
  if (failures.length > 0) {
    process.exitCode = 2;
  } else if (!values.install) {
    await runServers();
  }
}

function isOneMissing(): boolean {
  return serverSources.some((source) => !source.optional && source.missing() !== undefined);
}

async function runServers(): Promise<void> {
  const running: RunningServer[] = [];
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    for (const source of serverSources) {
      const missing = source.missing();
      if (missing === undefined) {
        running.push(await source.start());
      } else {
        console.error(`# ${source.name} is not started: ${missing}`);
      }
    }
    for (const [name, value] of running.flatMap(({ environment }) => Object.entries(environment))) {
      console.log(`export ${name}=${value}`);
    }
    console.error('# Ctrl-C stops them and removes their data.');
    await interrupted;
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
}
