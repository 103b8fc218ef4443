// All conversations of a persona, each word of them.

import { button, make } from "../dom.js";
import { moment } from "../words.js";

export class TalksTab {
  constructor(element, page, persona) {
    this._element = element;
    this._page = page;
    this._persona = persona;
    this._load();
  }

  changed() {}

  async _load() {
    const { data, run, live } = this._page;
    try {
      const talks = await data.get("talks", {
        first: run.first, until: live.horizon, persona: this._persona,
      });
      const shown = talks.map((talk) => talkElement(run, talk, () => this._page.clock.seek(talk.first)));
      this._element.replaceChildren(
        make("p", { class: "soft" }, `${talks.length} conversations`), ...shown,
      );
    } catch (error) {
      this._page.say(error);
    }
  }
}

/** A conversation with its lines. */
export function talkElement(run, talk, go = null) {
  const names = [talk.persona, talk.partner].filter((each) => each != null);
  const when = moment(run, talk.first);
  const where = talk.address.split(":").slice(1).join(", ");
  return make(
    "div",
    { class: "talk" },
    make("strong", {}, names.map((each) => run.names[each]).join(" and ")),
    make("p", { class: "soft" }, go ? button(when, go) : when, where && ` ${where}`),
    talk.lines.map(([speaker, words]) => make("p", {}, make("b", {}, `${speaker}: `), words)),
  );
}
