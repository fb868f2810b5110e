import { isSupportedNode, oldestNode } from './is-supported-node.ts';

if (isSupportedNode(process.versions.node)) {
  // Not before: what it imports is not in Node.js 20, which would not even say that it is too old.
  const { cacheCompiledCode } = await import('./cache-compiled-code.ts');
  cacheCompiledCode(process.env);
  await import('./main.ts');
} else {
  // An older one would fail in the middle of the work, with errors that blame the data.
  console.error(`oh-storage: [unsupported] this is Node.js ${process.versions.node}; it takes ${oldestNode} or later`);
  process.exitCode = 1;
}
