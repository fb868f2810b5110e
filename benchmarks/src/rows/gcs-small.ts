import { bareGcsBucket, openBareGcs } from '../bare-gcs.ts';
import type { Finding } from '../finding.ts';
import { openGcsPlace, openGcsStore } from '../gcs-place.ts';
import type { RowContext } from './row-context.ts';
import { compareSmallObjects } from './small-objects.ts';

/** Objects of 1.4 KB on a server of Google's protocol, against the bare calls of the SDK. */
export async function measureGcsSmall(context: RowContext): Promise<Finding[]> {
  await using place = await openGcsPlace();
  const { server, prefix } = place;
  await using store = openGcsStore(server, prefix);
  const ours = {
    put: (key: string, contents: Buffer) => store.write(key, contents),
    get: (key: string) => store.readBytes(key),
  };
  return await compareSmallObjects({ server: server.name, ours, bare: bareGcsBucket(openBareGcs(server), prefix) }, context);
}
