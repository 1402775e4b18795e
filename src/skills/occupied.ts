// The VMs that run somebody's code. Every call adds one and removes it, for which a Set that keeps running empty is dear.

/** What can be in an `Occupied`, in one at a time. */
export interface Occupant {
  /** Its place there; -1 when it is in none. Not for others to change. */
  place: number;
}

export class Occupied<T extends Occupant> implements Iterable<T> {
  readonly #members: T[] = [];

  /** Does nothing for what is in it already. */
  add(member: T): void {
    if (member.place >= 0) return;
    member.place = this.#members.push(member) - 1;
  }

  /** Does nothing for what is not in it. */
  delete(member: T): void {
    const { place } = member;
    if (place < 0) return;
    member.place = -1;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[place] = last;
    last.place = place;
  }

  /** Those of now, in no order; what happens to one while it goes on does not disturb it. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }
}
