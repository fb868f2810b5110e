import { expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer } from './honouring-server.ts';

it('says who lost also when credentials could not be had at first: nothing was sent then', async () => {
  const endpoint = await startHonouringServer();
  let isDown = false;
  const credentials = async () => {
    if (isDown) {
      isDown = false;
      throw new Error('the instance does not answer');
    }
    // They are asked for anew at each request.
    return { accessKeyId: 'id', secretAccessKey: 'secret', expiration: new Date() };
  };
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials });
  onTestFinished(() => store.close());
  await store.write('file', 'theirs');
  await store.write('other', 'x', { ifAbsent: true });
  isDown = true;
  await expect(store.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
});
