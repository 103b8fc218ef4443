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

  /** The run has advanced: `step` is the first step that somebody has not committed. */
  advanceTo(step) {
    if (step < this._known) this._chunks.clear();
    this._known = step;
    // People are ahead of the commit horizon, so a chunk changes also behind it.
    for (const chunk of this._chunks.values()) chunk.stale = chunk.until > chunk.complete;
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
    const old = this._chunks.get(number);
    const begin = this.run.first + number * this.run.chunk;
    const until = begin + this.run.chunk;
    // What is complete never changes, so only the rest is asked for.
    const first = old ? old.complete : begin;
    const complete = Math.min(Math.max(this._known, begin), until);
    try {
      const found = await this._data.get("town", { first, until });
      if (found) this._keep(number, old ? merged(old, found) : found, complete);
    } catch (error) {
      this.failed(error);
    } finally {
      // Not at once again: a run writes twice a second, and a server may be gone.
      setTimeout(() => this._loading.delete(number), 400);
    }
  }

  _keep(number, chunk, complete) {
    const holdsAt = new Map();
    for (const hold of chunk.holds) {
      if (!holdsAt.has(hold[1])) holdsAt.set(hold[1], []);
      holdsAt.get(hold[1]).push(hold);
    }
    const activitiesOf = chunk.moves.map(() => []);
    for (const activity of chunk.activities) activitiesOf[activity[0]]?.push(activity);
    this._chunks.delete(number);
    this._chunks.set(number, { ...chunk, holdsAt, activitiesOf, complete, stale: false });
    if (this._chunks.size > MOST_CHUNKS) this._chunks.delete(this._chunks.keys().next().value);
    this.loaded();
  }
}

/** A chunk, with everything from the begin of another range on replaced by that range. */
function merged(old, found) {
  const isOld = (row) => row[1] < found.first;
  return {
    first: old.first,
    until: old.until,
    moves: old.moves.map((moves, persona) => {
      const at = lastAt(moves, 3, found.first - 1);
      return [...moves.slice(0, at < 0 ? 0 : at + 3), ...found.moves[persona]];
    }),
    activities: [...old.activities.filter(isOld), ...found.activities.filter((row) => !isOld(row))],
    holds: [...old.holds.filter(isOld), ...found.holds],
    talks: [...old.talks.filter((talk) => (talk.last ?? Infinity) < found.first), ...found.talks],
  };
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
