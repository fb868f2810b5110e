/** Has every method, and does nothing. */
class Foreign {}
for (const method of [
  'saveMetadata',
  'updateMetadata',
  'listVersions',
  'getVersion',
  'restoreVersion',
  'getMetadata',
  'deleteMetadata',
  'exists',
  'validateMetadata',
  'getAllMetadata',
  'search',
  'prune',
  'close',
  'load',
  'store',
  'update',
  'explain',
  'getSecret',
  'setSecret',
  'deleteSecret',
  'list',
  'listProviderTokens',
  'deleteProviderToken',
]) {
  Foreign.prototype[method] = async () => undefined;
}

export { Foreign };
