/** How many holes are remembered one by one; of older holes only the size is. */
const kept = 1_000;

/**
 * Counts what came of a stream whose ids count up by one. Something is lost as long as its id is missing
 * between others, and doubled when its id came before.
 */
export class Ledger {
  #received = 0;
  #doubled = 0;
  /** How many ids are lost for good: the ledger does not remember which they are. */
  #settled = 0;
  /** First and last id of each hole, in their order. */
  #holes: [first: number, last: number][] = [];
  #newest: number | undefined;

  /** @param first - the id of the first event, where the stream begins with a known one */
  constructor(first?: number) {
    if (first !== undefined) this.#newest = first - 1;
  }

  /** How many events came. */
  get received(): number {
    return this.#received;
  }

  /** How many events came again. */
  get doubled(): number {
    return this.#doubled;
  }

  /** How many events are missing, although later ones came. */
  get lost(): number {
    return this.#holes.reduce((sum, [first, last]) => sum + last - first + 1, this.#settled);
  }

  /** An event came. It is counted only if its id is a number. */
  take(id: number): void {
    if (!Number.isSafeInteger(id)) return;
    this.#received += 1;
    this.#newest ??= id - 1;
    if (id > this.#newest) {
      if (id > this.#newest + 1) this.#open(this.#newest + 1, id - 1);
      this.#newest = id;
    } else if (!this.#fill(id)) {
      this.#doubled += 1;
    }
  }

  /** The server could not resume, and goes on from `oldest`; `null` where it has nothing yet. */
  gap(oldest: number | null): void {
    // If it is newer than the last event, the next event shows the hole. Else the server counts anew.
    if (oldest !== null && this.#newest !== undefined && oldest > this.#newest) return;
    this.#settled = this.lost;
    this.#holes = [];
    this.#newest = oldest === null ? undefined : oldest - 1;
  }

  #open(first: number, last: number): void {
    this.#holes.push([first, last]);
    if (this.#holes.length <= kept) return;
    const [oldest] = this.#holes.splice(0, 1);
    if (oldest) this.#settled += oldest[1] - oldest[0] + 1;
  }

  #fill(id: number): boolean {
    const place = this.#holes.findIndex(([first, last]) => first <= id && id <= last);
    const hole = this.#holes[place];
    if (!hole) return false;
    const [first, last] = hole;
    const rest: [number, number][] = [
      [first, id - 1],
      [id + 1, last],
    ];
    this.#holes.splice(place, 1, ...rest.filter(([first, last]) => first <= last));
    return true;
  }
}
