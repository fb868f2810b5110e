import { type Notice, noticeBytes } from './notice.ts';
import { ancestorsOf } from './path-ancestors.ts';

/**
 * A batch that still takes notices: the last write of a path wins, at the place of the first, as OpenHands has it; but never past a delete that
 * lies between the two, and never in the place of a delete.
 */
export class OpenBatch {
  readonly #notices: Notice[] = [];
  /** Of each path its last place. */
  readonly #places = new Map<string, number>();
  /** Of each path the last place of a notice that may delete it. */
  readonly #deletes = new Map<string, number>();
  /** Of each directory the last place of a notice below. */
  readonly #below = new Map<string, number>();
  #bytes = 0;

  /** Bytes of all contents, as OpenHands counts them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** In the order in which they are told. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Takes a notice in. @returns The one that says nothing any more, if there is one. */
  add(notice: Notice): Notice | undefined {
    this.#bytes += noticeBytes(notice);
    const place = this.#places.get(notice.path);
    const earlier = place === undefined ? undefined : this.#notices[place];
    if (place !== undefined && earlier !== undefined && this.#mayReplace(earlier, place, notice)) {
      this.#bytes -= noticeBytes(earlier);
      this.#put(notice, place);
      return earlier;
    }
    this.#put(notice, this.#notices.length);
    return undefined;
  }

  #put(notice: Notice, place: number): void {
    const { path } = notice;
    this.#notices[place] = notice;
    this.#places.set(path, place);
    if (mayDelete(notice)) {
      this.#deletes.set(path, Math.max(place, this.#deletes.get(path) ?? 0));
    }
    for (const ancestor of ancestorsOf(path)) {
      this.#below.set(ancestor, Math.max(place, this.#below.get(ancestor) ?? 0));
    }
  }

  #mayReplace(earlier: Notice, place: number, later: Notice): boolean {
    if (earlier.change.kind === 'deleted' && later.change.kind !== 'deleted') {
      // It may have been the delete of a directory, of which the write says nothing.
      return false;
    }
    if (mayDelete(later) && (this.#below.get(later.path) ?? 0) > place) {
      return false;
    }
    return ancestorsOf(later.path).every((ancestor) => (this.#deletes.get(ancestor) ?? -1) < place);
  }
}

function mayDelete({ change }: Notice): boolean {
  return change.kind === 'deleted' || change.kind === 'changed';
}
