/** What a store watches, to be ended when it is closed. */
export class Watches {
  readonly #open = new Set<Disposable>();
  #isClosed = false;

  /** @returns What ends the watch and forgets it; once {@link close} was called it has ended. */
  add(watch: Disposable): Disposable {
    const end = (): void => {
      if (this.#open.delete(watch)) {
        watch[Symbol.dispose]();
      }
    };
    this.#open.add(watch);
    if (this.#isClosed) {
      end();
    }
    return { [Symbol.dispose]: end };
  }

  /** Ends them all. */
  close(): void {
    this.#isClosed = true;
    for (const watch of this.#open) {
      watch[Symbol.dispose]();
    }
    this.#open.clear();
  }
}
