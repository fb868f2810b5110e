/** A proxy that breaks HTTP exchanges on purpose, repeatably, and counts them; and one that clients are told of. */
export type { Fault, FaultType } from './fault.ts';
export type { FaultRule } from './fault-rules.ts';
export { gcsOperation } from './gcs-operation.ts';
export type { ProxiedRequest } from './proxied-request.ts';
export { s3Operation } from './s3-operation.ts';
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './start-fault-proxy.ts';
export { type ForwardProxy, type ForwardProxyOptions, startForwardProxy } from './start-forward-proxy.ts';
