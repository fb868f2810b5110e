import { cacheCompiledCode } from './cache-compiled-code.ts';
import { isSupportedNode, oldestNode } from './is-supported-node.ts';

if (isSupportedNode(process.versions.node)) {
  cacheCompiledCode(process.env);
  await import('./main.ts');
} else {
  // An older one would fail in the middle of the work, with errors that blame the data.
  console.error(`oh-storage: [unsupported] this is Node.js ${process.versions.node}; it takes ${oldestNode} or later`);
  process.exitCode = 1;
}
