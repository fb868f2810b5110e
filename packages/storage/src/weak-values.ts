/** Values by name, each for as long as somebody else holds it. */
export class WeakValues<Value extends WeakKey> {
  readonly #values = new Map<string, WeakRef<Value>>();
  readonly #forgotten = new FinalizationRegistry<string>((name) => {
    if (this.#values.get(name)?.deref() === undefined) {
      this.#values.delete(name);
    }
  });

  /** The value of a name that somebody holds, or one that `make` gives. @throws What `make` throws. */
  getOrMake(name: string, make: () => Value): Value {
    const held = this.#values.get(name)?.deref();
    if (held !== undefined) {
      return held;
    }
    const value = make();
    this.#values.set(name, new WeakRef(value));
    this.#forgotten.register(value, name);
    return value;
  }

  /** Those that somebody holds. */
  all(): readonly Value[] {
    return [...this.#values.values()].flatMap((value) => value.deref() ?? []);
  }
}
