import { spawnSync } from 'node:child_process';

/** A server as a container image, for people with a Docker engine and without Go. The versions are those of `compose.yaml`. */
export interface ContainerImage {
  readonly image: string;
  /** Where it listens in the container. */
  readonly port: number;
  /** Starts it in a shell of the container, with its data below `/data`. */
  readonly command: string;
}

/** @see https://quay.io/repository/minio/minio */
export const minioImage: ContainerImage = {
  image: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
  port: 9000,
  command: 'minio server --quiet /data',
};

/** @see https://hub.docker.com/r/fsouza/fake-gcs-server */
export const fakeGcsImage: ContainerImage = {
  image: 'fsouza/fake-gcs-server:1.56.1',
  port: 9200,
  command: '/bin/fake-gcs-server -scheme http -port 9200 -public-host 127.0.0.1 -backend memory -data /data -log-level warn',
};

/** Whether a Docker engine answers. */
export function hasDocker(): boolean {
  return isDone('version');
}

/** Whether the engine has the image; false where no engine answers. */
export function hasImage({ image }: ContainerImage): boolean {
  return isDone('image', 'inspect', image);
}

function isDone(...args: readonly string[]): boolean {
  return spawnSync('docker', args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/**
 * The arguments of `docker` that run a server with one bucket, its data in memory.
 *
 * The container ends when its standard input does, and that ends with the client, however it is killed.
 *
 * @param port Where it can be reached, on loopback.
 * @param env Names of variables that the client hands on.
 */
export function toDockerArguments(
  { image, port: inside, command }: ContainerImage,
  port: number,
  bucket: string,
  env: readonly string[],
): string[] {
  const script = `mkdir -p /data/${bucket}; ${command} & cat > /dev/null`;
  const variables = env.flatMap((name) => ['--env', name]);
  const options = ['--rm', '--interactive', '--tmpfs', '/data', '--publish', `127.0.0.1:${port}:${inside}`, ...variables];
  return ['run', ...options, '--entrypoint', '/bin/sh', image, '-c', script];
}
