/**
 * Calls for which several ask at the same moment, made once for all of them: a call begins after everybody who shares it has asked, so that what it
 * finds is as new as if each had made it.
 */
export class SharedCalls<T> {
  readonly #asked = new Map<string, Promise<T>>();

  /** Makes a call when everything that can run now has run. @param key Which call it is. @returns What the call returns, or its error. */
  run(key: string, call: () => T | Promise<T>): Promise<T> {
    const asked = this.#asked.get(key);
    if (asked !== undefined) {
      return asked;
    }
    const made = Promise.resolve().then(() => {
      this.#asked.delete(key);
      return call();
    });
    this.#asked.set(key, made);
    return made;
  }
}
