import type { CallPoint } from './call-plan.ts';
import type { ActOutcome, Aftermath, SeenError } from './inject-message.ts';
import type { Durability, Scenario } from './scenario.ts';
import type { SystemCall } from './system-call.ts';

/** What each error of the system must become; see `local-error.ts` of the store. */
export const codeOfErrno = {
  EIO: 'unavailable',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'permission-denied',
  EMFILE: 'unavailable',
  EACCES: 'permission-denied',
} as const;

/** An error that is injected. */
export type Errno = keyof typeof codeOfErrno;

/** Calls that make a change, or make it durable: an operation that lacks one has not succeeded. */
const essentialCalls = /^(?:fsync|fdatasync|p?write(?:64|v|v2)?|rename(?:at2?)?)$/;

/** One failure that was injected, and what came of it. */
export interface Injection {
  readonly scenario: Scenario;
  readonly durability: Durability;
  readonly point: CallPoint;
  readonly errno: Errno;
  /** How many fsyncs the operation does when nothing fails. */
  readonly syncs: number;
}

/** What is wrong with what the caller was told. */
export function judgeOutcome(injection: Injection, outcome: ActOutcome, calls: readonly SystemCall[]): readonly string[] {
  return outcome.kind === 'done' ? judgeSuccess(injection, outcome.result, calls) : judgeError(injection, outcome);
}

function judgeSuccess({ scenario, point, syncs }: Injection, result: string | undefined, calls: readonly SystemCall[]): readonly string[] {
  if (scenario.result !== undefined) {
    return result === scenario.result ? [] : [`it succeeded with something else than is there: ${result?.slice(0, 100)}`];
  }
  const isReplaceable = scenario.replaceable?.includes(point.name) === true || wasRepeated(point, calls);
  if (essentialCalls.test(point.name) && !isReplaceable) {
    return [`it succeeded although its ${point.name} failed`];
  }
  const done = calls.filter(isSync).length;
  return done < syncs ? [`it succeeded with ${done} of ${syncs} fsyncs`] : [];
}

/** Whether the same thread made such a call on a file once more. An fsync is never repeated: the next one succeeds and means nothing. */
function wasRepeated(point: CallPoint, calls: readonly SystemCall[]): boolean {
  const failed = calls.find(({ isInjected }) => isInjected);
  const later = calls.filter(({ threadId, name, count }) => threadId === failed?.threadId && name === point.name && count > point.count);
  return !isSync(point) && later.some(({ text }) => /[<"]\//.test(text));
}

function judgeError({ scenario, point, errno }: Injection, error: SeenError): readonly string[] {
  // SQLite, which takes the locks, does not tell what the system said; and a store that takes no more changes is unavailable for whatever reason.
  const mayBeUntold = isSync(point) || /its lock fails with|takes no more changes/.test(error.message);
  const faults: string[] = [];
  if (!error.isStoreError) {
    faults.push('the error is no FileStoreError');
  } else if (error.code !== codeOfErrno[errno] && !(mayBeUntold && error.code === 'unavailable')) {
    faults.push(`the code is ${error.code}, not ${codeOfErrno[errno]}`);
  }
  if (isSync(point) && !error.message.includes('takes no more changes')) {
    faults.push('the message does not say that the store takes no more changes');
  }
  if (scenario.paths.length > 0 && !scenario.paths.some((path) => error.message.includes(path))) {
    faults.push('the message does not name the path');
  }
  if (error.message.includes('/proc/self/fd')) {
    faults.push('the message names a descriptor');
  }
  return faults.length > 0 ? [`${faults.join('; ')}: ${error.message}`] : [];
}

/** What is wrong with what the same store did afterwards. */
export function judgeAftermath({ point }: Injection, { probe, close, leftOpen }: Aftermath): readonly string[] {
  const faults: string[] = leftOpen.map((file) => `${file} stays open`);
  if (isSync(point) && probe?.kind === 'done') {
    faults.push('the store takes changes after a failed fsync');
  }
  if (!isSync(point) && probe?.kind === 'failed') {
    const isReadOnly = probe.message.includes('takes no more changes');
    faults.push(
      isReadOnly ? 'the store takes no more changes though no fsync failed' : `the same store cannot write any more: ${probe.message}`,
    );
  }
  if (close.kind === 'failed') {
    faults.push(`the store cannot be closed: ${close.message}`);
  }
  return faults;
}

/** Whether a call makes something durable. */
export function isSync({ name }: Pick<CallPoint, 'name'>): boolean {
  return name === 'fsync' || name === 'fdatasync';
}
