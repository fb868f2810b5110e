import { type ContainerImage, fakeGcsImage, hasImage, minioImage } from './container-image.ts';
import { fakeGcsModule, type GoModule, hasProgram, minioModule } from './go-module.ts';

/** A server at one version: built from its source or, where it is not, a container. */
export interface PinnedServer {
  readonly module: GoModule;
  readonly image: ContainerImage;
}

export const minio: PinnedServer = { module: minioModule, image: minioImage };

export const fakeGcs: PinnedServer = { module: fakeGcsModule, image: fakeGcsImage };

/** Why a server cannot be run, and what to do about it; `undefined` when it can. */
export function missingServer({ module, image }: PinnedServer): string | undefined {
  return hasProgram(module) || hasImage(image)
    ? undefined
    : `${module.name} is not here: npm run servers -- --install (needs Go or a Docker engine)`;
}
