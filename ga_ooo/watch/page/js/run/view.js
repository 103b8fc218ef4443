// The run: where the time goes.

import { make, table, write } from "../dom.js";
import { count, duration } from "../words.js";
import { Curves } from "./curves.js";
import { Stream } from "./stream.js";

const PAUSE = 3000;
const SHARE = 30;

export class RunView {
  constructor(element, page) {
    this._page = page;
    this._isShown = false;
    this._loaded = 0;
    this._pause = PAUSE;
    this._summary = make("div", { class: "charts" });
    this._about = make("p", { class: "soft" });
    this.stream = new Stream(page);
    this.curves = new Curves(page);
    element.append(
      this._about,
      make("h2", {}, "Task stream"), this.stream.element,
      make("h2", {}, "The run over time"), this.curves.element,
      this._summary,
    );
  }

  /** The view has been chosen, or left. */
  shown(isShown) {
    this._isShown = isShown;
    if (isShown) this._load();
  }

  /** The run has advanced. */
  advanced() {
    if (this._isShown && performance.now() - this._loaded > this._pause) this._load();
  }

  async _load() {
    this._loaded = performance.now();
    const { data, live, run } = this._page;
    write(
      this._about,
      `${duration(live.at)} of the run's clock (${run.clock} time), ${run.names.length} people, ` +
        `rule ${run.rule}, seed ${run.seed}`,
    );
    try {
      this.stream.extend(live.at);
      const [curves, summary] = await Promise.all([data.get("curves"), data.get("summary")]);
      await this.curves.show(curves);
      this._tables(summary);
      // A long record takes a while to read; the run shall not notice that.
      this._pause = Math.max(PAUSE, SHARE * (performance.now() - this._loaded));
    } catch (error) {
      this._page.say(error);
    }
  }

  _tables({ kinds, waits, servers }) {
    const parts = [
      part("Calls of moves", ["Kind", "Calls", "Time", "Tokens in", "out", "Asked early"],
        kinds.map(([kind, calls, time, tokensIn, tokensOut, early]) => [
          kind, count(calls), duration(time), count(tokensIn), count(tokensOut),
          `${Math.round((100 * early) / calls)} %`,
        ])),
      part("Why people were held", ["Reason", "Times", "Time"],
        waits.map(([hazard, times, time]) => [hazard, count(times), duration(time)])),
    ];
    if (servers.length) {
      parts.push(
        part("Servers", ["Address", "State", "In flight", "Answers", "Failures"],
          servers.map((row) => [row[0], row[1], ...row.slice(2, 5).map(count)])),
      );
    }
    this._summary.replaceChildren(...parts);
  }
}

function part(title, head, rows) {
  return make("div", {}, make("h3", {}, title), table(head, rows));
}
