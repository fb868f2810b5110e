// #region servers
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it } from 'vitest';

describeWithServer(s3Source, (server) => {
  it('answers', async () => {
    const { endpoint } = server(); // and region, accessKeyId, secretAccessKey, bucket
    expect((await fetch(endpoint)).status).toBe(403);
  });
});
// #endregion
