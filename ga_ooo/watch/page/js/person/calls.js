// The calls of one step of a persona, with their texts where the run has kept them.

import { button, make, table } from "../dom.js";
import { count, duration, moment, reason } from "../words.js";

export class CallsTab {
  constructor(element, page, persona) {
    this._page = page;
    this._persona = persona;
    this._step = null;
    this._steps = make("select", {
      "aria-label": "Steps with calls", change: () => page.clock.seek(Number(this._steps.value)),
    });
    this._body = make("div");
    element.append(make("label", {}, "Steps with calls: ", this._steps), this._body);
    this._loadSteps();
  }

  changed() {
    const { now, playing } = this._page.clock;
    if (now === this._step || playing) return;
    this._step = now;
    this._load(now);
  }

  async _loadSteps() {
    const { data, run } = this._page;
    const mind = await data.get("mind", { persona: this._persona }).catch(this._page.say);
    const options = (mind?.steps ?? []).map(([step, calls]) =>
      make("option", { value: step }, `${moment(run, step)}, ${calls} calls`),
    );
    this._steps.replaceChildren(make("option", { value: this._step }, "choose one"), ...options);
  }

  async _load(step) {
    const { data, run } = this._page;
    try {
      const found = await data.get("step", { persona: this._persona, step });
      if (step === this._step) this._body.replaceChildren(...this._shown(found, run));
    } catch (error) {
      this._page.say(error);
    }
  }

  _shown(found, run) {
    const { move, holds, calls } = found ?? { move: null, holds: [], calls: [] };
    const parts = [make("h3", {}, `Step ${count(this._step)}`)];
    if (move) {
      const spans = [
        ["held before it was issued", move.issued - move.reached],
        ["in the move", move.completed - move.issued],
        ["held before its commit", move.committed - move.completed],
      ];
      parts.push(table(["Time", ""], spans.map(([words, time]) => [words, duration(time)])));
    }
    parts.push(
      ...holds.map(([before, hazard, blocker, began, ended]) =>
        make(
          "p", { class: "soft" },
          `${duration(ended - began)} held (${before}): waited for ${run.names[blocker]} ${reason(hazard)}`,
        ),
      ),
      make("h3", {}, `${calls.length} calls`),
      ...calls.map((call) => this._call(call)),
    );
    return parts;
  }

  _call(call) {
    const texts = make("div");
    const source = { early: "asked early", journal: "from the journal", shared: "shared" };
    const tokens = `${count(call.tokens_in)} tokens in, ${count(call.tokens_out)} out`;
    const facts = [duration(call.answered - call.asked), tokens, source[call.source], call.stage];
    return make(
      "div", { class: "talk" },
      make("b", {}, call.kind),
      make("p", { class: "soft" }, facts.filter(Boolean).join(", ")),
      this._page.run.has_prompts
        ? button("Prompt and answer", () => this._texts(call.call, texts))
        : null,
      texts,
    );
  }

  async _texts(call, element) {
    const found = await this._page.data.get("texts", { call }).catch(this._page.say);
    element.replaceChildren(
      ...(found
        ? [make("pre", {}, found.prompt), make("pre", {}, found.answer)]
        : [make("p", { class: "soft" }, "not kept")]),
    );
  }
}
