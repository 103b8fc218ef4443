// Pause, continue, run until something happens, stop: for a run that this page may control.

import { button, make, write } from "../dom.js";
import { stepAt } from "../words.js";

export class RunControl {
  constructor(element, page) {
    this._element = element;
    this._page = page;
    this._pause = button("Pause the run", () => this._order({ order: "pause" }), { id: "pause-run" });
    this._continue = button("Continue the run", () => this._order({ order: "continue" }), {
      id: "continue-run",
    });
    this._stop = button("Stop and save", () => this._stopRun(), { id: "stop-run" });
    this._state = make("span", { class: "soft", role: "status" });
    element.append(this._pause, this._continue, this._until(), this._stop, this._state);
    element.hidden = true;
  }

  /** Show what the run has reported. */
  show() {
    const { control, running } = this._page.live;
    this._element.hidden = !control;
    if (!control) return;
    const { state, until, whispers } = control;
    const isOver = state === "ended" || state === "stopping" || (!running && state !== "starting");
    this._pause.hidden = isOver || state === "paused";
    this._continue.hidden = isOver || (state !== "paused" && !until);
    this._stop.hidden = this._more.hidden = isOver;
    write(this._state, [until ? `${state}, pauses ${until}` : state, ...about(whispers)].join(", "));
  }

  _until() {
    const { run } = this._page;
    const time = make("input", { type: "time", "aria-label": "Game time at which the run pauses" });
    const people = [0, 1].map((number) =>
      make(
        "select", { "aria-label": number ? "talks to" : "Who talks" },
        run.names.map((name, at) => make("option", { value: name, selected: at === number }, name)),
      ),
    );
    this._more = make(
      "details", {},
      make("summary", {}, "Run until…"),
      make("p", {}, time, " ", button("Pause at this time", () => this._untilTime(time.value))),
      make(
        "p", {}, people[0], " talks to ", people[1], " ",
        button("Pause when they talk", () =>
          this._order({ order: "until_talk", people: people.map((each) => each.value) }),
        ),
      ),
    );
    return this._more;
  }

  _untilTime(value) {
    if (!value) return;
    const { run, live } = this._page;
    this._order({ order: "until_step", step: stepAt(run, value, live.horizon) });
  }

  _stopRun() {
    if (window.confirm("Stop the run? It is saved, and ga-ooo resume continues it.")) {
      this._order({ order: "stop" });
    }
  }

  _order(order) {
    this._page.data.order(order).catch((error) => this._page.say(error));
  }
}

/** What happened to whispers, in words. */
function about(whispers) {
  if (!whispers) return [];
  const { waiting, given, problem } = whispers;
  const words = (number, what) => (number ? [`${number} ${number === 1 ? "whisper" : "whispers"} ${what}`] : []);
  return [...words(waiting, "waiting"), ...words(given, "given"), ...(problem ? [problem] : [])];
}
