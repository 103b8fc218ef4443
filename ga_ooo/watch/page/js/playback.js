// The bar below: play, speed, a slider over game time, and the way back to a run in progress.

import { button, make, write } from "./dom.js";
import { moment } from "./words.js";

const SPEEDS = [
  [0.1, "as in life"], [1, "1 step/s"], [6, "a minute/s"], [30, "5 minutes/s"],
  [60, "10 minutes/s"], [180, "half an hour/s"], [360, "an hour/s"],
];

export class Playback {
  constructor(element, page) {
    const { clock, run } = page;
    this._page = page;
    this._play = button("Play", () => clock.toggle(), { id: "play" });
    this._live = button("Follow the run", () => clock.follow(), { id: "follow-run" });
    this._time = make("output", { id: "time" });
    this._slider = make("input", {
      type: "range", id: "slider", min: run.first, max: run.first, step: 1,
      "aria-label": "Game time", input: () => clock.seek(Number(this._slider.value)),
    });
    const speed = make(
      "select",
      { "aria-label": "Speed", change: (event) => (clock.speed = Number(event.target.value)) },
      SPEEDS.map(([value, words]) => make("option", { value, selected: value === 6 }, words)),
    );
    element.append(
      button("−1", () => clock.seek(clock.now - 1), { "aria-label": "One step back" }),
      this._play,
      button("+1", () => clock.seek(clock.now + 1), { "aria-label": "One step on" }),
      speed, this._slider, this._time, this._live,
    );
    clock.onChange(() => this.show());
  }

  /** Show the clock. */
  show() {
    const { clock, run, live } = this._page;
    write(this._play, clock.playing ? "Pause" : "Play");
    write(this._time, `${moment(run, clock.now)}, step ${clock.now.toLocaleString("en")}`);
    this._slider.max = clock.end;
    this._slider.value = clock.now;
    this._slider.setAttribute("aria-valuetext", moment(run, clock.now));
    this._live.hidden = !live.running;
    this._live.setAttribute("aria-pressed", String(clock.live));
  }
}
