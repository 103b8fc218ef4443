// Where everybody is at any step: chunks of steps, loaded when they are needed.

const MOST_CHUNKS = 40;

export class TownStore {
  /** @param data source of documents; @param run the document "run". */
  constructor(data, run) {
    this.run = run;
    this.loaded = () => {};
    this.failed = () => {};
    this._data = data;
    this._chunks = new Map();
    this._loading = new Set();
    this._known = run.first;
  }

  /** The run has advanced: `step` is the first step that is not complete. */
  advanceTo(step) {
    if (step === this._known) return;
    // A chunk that was loaded before its steps were complete is loaded again, and shown meanwhile.
    for (const chunk of this._chunks.values()) {
      if (chunk.until > Math.min(step, this._known) || step < this._known) chunk.stale = true;
    }
    this._known = step;
  }

  /** The chunk of a step; null while it is being loaded. */
  chunk(step) {
    const { first, chunk: length } = this.run;
    const number = Math.max(0, Math.floor((step - first) / length));
    const found = this._chunks.get(number);
    if (!found || found.stale) this._load(number);
    return found ?? null;
  }

  /** Load the chunk that holds a step, if it is not there. */
  prepare(step) {
    this.chunk(step);
  }

  /** [x, y] of a persona after a step; null if it is unknown or not loaded. */
  tile(persona, step) {
    const chunk = this.chunk(step);
    if (!chunk) return null;
    const moves = chunk.moves[persona];
    const at = lastAt(moves, 3, step);
    return at < 0 ? null : [moves[at + 1], moves[at + 2]];
  }

  /** [emoji, words] of what a persona does at a step; null if it is unknown. */
  activity(persona, step) {
    const list = this.chunk(step)?.activitiesOf[persona];
    if (!list) return null;
    for (let at = list.length - 1; at >= 0; at--) {
      if (list[at][1] <= step) return [list[at][2], list[at][3]];
    }
    return null;
  }

  /** Holds of persona steps at a step: lists of persona, step, blocker, hazard, seconds. */
  holds(step) {
    return this.chunk(step)?.holdsAt.get(step) ?? [];
  }

  /** Conversations that somebody shows at a step. */
  talks(step) {
    const talks = this.chunk(step)?.talks ?? [];
    return talks.filter((talk) => talk.first <= step && step <= (talk.last ?? Infinity));
  }

  async _load(number) {
    if (this._loading.has(number)) return;
    this._loading.add(number);
    const first = this.run.first + number * this.run.chunk;
    try {
      const chunk = await this._data.get("town", { first, until: first + this.run.chunk });
      if (chunk) this._keep(number, chunk);
    } catch (error) {
      this.failed(error);
    } finally {
      // Not at once again: a run writes twice a second, and a server may be gone.
      setTimeout(() => this._loading.delete(number), 400);
    }
  }

  _keep(number, chunk) {
    const holdsAt = new Map();
    for (const hold of chunk.holds) {
      if (!holdsAt.has(hold[1])) holdsAt.set(hold[1], []);
      holdsAt.get(hold[1]).push(hold);
    }
    const activitiesOf = chunk.moves.map(() => []);
    for (const activity of chunk.activities) activitiesOf[activity[0]]?.push(activity);
    this._chunks.delete(number);
    this._chunks.set(number, { ...chunk, holdsAt, activitiesOf, stale: false });
    if (this._chunks.size > MOST_CHUNKS) this._chunks.delete(this._chunks.keys().next().value);
    this.loaded();
  }
}

/** Where the last entry of a flat list begins whose first number is at most `step`; else -1. */
function lastAt(list, width, step) {
  let low = 0;
  let high = list.length / width;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle * width] <= step) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * width;
}
