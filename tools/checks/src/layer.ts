import type { PackageManifest } from './workspace-package.ts';

/** The place of a package in the architecture, its tag `layer:...` in package.json. */
export type Layer = 'core' | 'backend' | 'decorator' | 'domain' | 'compose' | 'app' | 'tool';

interface LayerRule {
  /** What may be imported in any way. */
  readonly imports: readonly Layer[];
  /** What may be imported by `import()` alone, from optional peers. */
  readonly loads: readonly Layer[];
  /** What to do instead of importing something else. */
  readonly advice: string;
}

/** Who may import whom. */
export const layerRules: Readonly<Record<Layer, LayerRule>> = {
  core: { imports: [], loads: [], advice: 'core stands alone: move the code into core, or to a package above it' },
  backend: { imports: ['core'], loads: [], advice: 'a backend imports core only: move what is shared into core' },
  decorator: { imports: ['core'], loads: [], advice: 'a decorator imports core only: take a FileStore and return one' },
  domain: {
    imports: ['core'],
    loads: [],
    advice: 'a domain package imports core only: take a FileStore and let the application choose the backend',
  },
  compose: {
    imports: ['core', 'domain'],
    loads: ['backend', 'decorator'],
    advice: 'compose loads backends and decorators with import(), from optional peerDependencies',
  },
  app: {
    imports: ['core', 'backend', 'decorator', 'domain', 'compose'],
    loads: [],
    advice: 'an application imports what lies below it, neither applications nor tools',
  },
  tool: {
    imports: ['core', 'backend', 'decorator', 'domain', 'compose', 'app', 'tool'],
    loads: [],
    advice: 'in src only a tool imports a tool; tests may',
  },
};

/** The layer that a package declares, or undefined when it declares none, several or an unknown one. */
export function layerOf(manifest: PackageManifest): Layer | undefined {
  const layers = (manifest.nx?.tags ?? []).filter((tag) => tag.startsWith('layer:')).map((tag) => tag.slice('layer:'.length));
  const [layer] = layers;
  return layers.length === 1 && layer !== undefined && isLayer(layer) ? layer : undefined;
}

function isLayer(name: string): name is Layer {
  return Object.hasOwn(layerRules, name);
}
