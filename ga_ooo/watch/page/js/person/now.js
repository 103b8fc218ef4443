// What a persona does at the step that is shown, and what it waits for.

import { make, write } from "../dom.js";
import { doing, duration, place, reason } from "../words.js";
import { talkElement } from "./talks.js";

export class NowTab {
  constructor(element, page, persona) {
    this._page = page;
    this._persona = persona;
    this._does = make("dd");
    this._where = make("dd");
    this._waits = make("dd");
    this._talks = make("div");
    this._key = "";
    element.append(
      make(
        "dl", {},
        make("dt", {}, "Does"), this._does,
        make("dt", {}, "Where"), this._where,
        make("dt", {}, "Waited for, before this step"), this._waits,
      ),
      this._talks,
    );
  }

  changed() {
    const { store, clock, run, live } = this._page;
    const [emoji, words] = store.activity(this._persona, clock.now) ?? ["", "not known yet"];
    const tile = store.tile(this._persona, clock.now);
    write(this._does, `${emoji} ${doing(words)}`);
    write(this._where, `${place(words)}${tile ? ` (tile ${tile.join(", ")})` : ""}`);
    write(this._waits, clock.live ? this._liveWait(live) : this._pastWait());
    const talks = store
      .talks(clock.now)
      .filter((talk) => talk.persona === this._persona || talk.partner === this._persona);
    const key = JSON.stringify(talks.map((talk) => [talk.first, talk.lines.length]));
    if (key === this._key) return;
    this._key = key;
    this._talks.replaceChildren(...talks.map((talk) => talkElement(run, talk)));
  }

  _liveWait(live) {
    const row = live.people[this._persona];
    if (!row) return "";
    const [step, phase, hazard, blocker, , kind] = row;
    const name = blocker == null ? "" : this._page.run.names[blocker];
    const wait = name ? `waits for ${name} ${reason(hazard)}` : phase;
    return `step ${step}: ${wait}${kind ? `; asks the model (${kind})` : ""}`;
  }

  _pastWait() {
    const holds = this._page.store
      .holds(this._page.clock.now)
      .filter((hold) => hold[0] === this._persona);
    if (!holds.length) return "nobody";
    return holds
      .map((hold) => `${this._page.run.names[hold[2]]} ${reason(hold[3])}, ${duration(hold[4])}`)
      .join("\n");
  }
}
