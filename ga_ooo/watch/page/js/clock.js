// The step that the page shows. All views follow it.

export class Clock {
  /** @param first first step of the run. */
  constructor(first) {
    this.first = first;
    this.end = first;
    this.step = first;
    this.speed = 6;
    this.playing = false;
    this.live = false;
    this._listeners = [];
  }

  /** Call a function at each change. */
  onChange(listener) {
    this._listeners.push(listener);
  }

  /** Show a step; the page no longer follows the run. */
  seek(step) {
    this.live = false;
    this._show(step);
  }

  /** Begin or stop to play. */
  toggle() {
    if (!this.playing && this.step >= this.end) this.step = this.first;
    this.playing = !this.playing;
    this.live = false;
    this._changed();
  }

  /** Follow the run. */
  follow() {
    this.live = true;
    this.playing = false;
    this._show(this.end);
  }

  /** The last step that can be shown. */
  setEnd(end) {
    this.end = Math.max(this.first, end);
    this._show(this.live ? this.end : Math.min(this.step, this.end));
  }

  /** Time passes while the page plays. */
  advance(seconds) {
    if (!this.playing) return;
    const step = this.step + seconds * this.speed;
    if (step >= this.end) this.playing = false;
    this._show(step);
  }

  /** The whole step. */
  get now() {
    return Math.floor(this.step);
  }

  _show(step) {
    this.step = Math.min(Math.max(step, this.first), this.end);
    this._changed();
  }

  _changed() {
    for (const listener of this._listeners) listener();
  }
}
