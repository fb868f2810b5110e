import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { fakeGcsImage, hasDocker, hasImage, minioImage, toDockerArguments } from '../src/container-image.ts';

describe('the images of containers', () => {
  it('are those of compose.yaml', async () => {
    const compose = await readFile(new URL('../../../compose.yaml', import.meta.url), 'utf8');
    for (const { image } of [minioImage, fakeGcsImage]) {
      expect(compose).toContain(`image: ${image}\n`);
    }
  });

  it('are not there where no engine is', () => {
    vi.stubEnv('PATH', '/nowhere');
    expect([hasDocker(), hasImage(minioImage)]).toEqual([false, false]);
    vi.unstubAllEnvs();
  });

  it('are run on loopback alone, for as long as their standard input is open, and given no secret in an argument', () => {
    const args = toDockerArguments(minioImage, 4711, 'bucket', ['MINIO_ROOT_PASSWORD']);
    expect(args.join(' ')).toMatch(/--publish 127\.0\.0\.1:4711:9000 --env MINIO_ROOT_PASSWORD /);
    expect(args.at(-1)).toBe('mkdir -p /data/bucket; minio server --quiet /data & cat > /dev/null');
  });
});
