// The memories of a persona, with the score that the host has given to each.

import { button, make } from "../dom.js";
import { count } from "../words.js";

export class MemoryTab {
  constructor(element, page, persona) {
    this._page = page;
    this._persona = persona;
    this._skip = 0;
    this._words = make("input", {
      type: "search", placeholder: "Find words", "aria-label": "Find words in memories",
      change: () => this._again(),
    });
    this._kind = make(
      "select", { "aria-label": "Kind of memory", change: () => this._again() },
      ["", "event", "thought", "chat"].map((kind) => make("option", { value: kind }, kind || "all")),
    );
    this._asked = make("input", {
      type: "search", placeholder: "Scores for a text", hidden: !page.live.control,
      "aria-label": "Text for which the host's retrieval scores the memories",
      change: () => this._again(),
    });
    this._number = make("p", { class: "soft" });
    this._list = make("ul", { class: "plain" });
    this._more = button("More", () => this._load());
    element.append(this._words, " ", this._kind, " ", this._asked, this._number, this._list, this._more);
    this._load();
  }

  changed() {}

  _again() {
    this._skip = 0;
    this._list.replaceChildren();
    this._load();
  }

  async _load() {
    try {
      const found = await this._page.data.get("memories", {
        persona: this._persona, skip: this._skip, words: this._words.value, kind: this._kind.value,
        asked: this._asked.value,
      });
      if (found?.problem) this._page.say(found.problem);
      const { count: number, nodes } = found ?? { count: 0, nodes: [] };
      this._skip += nodes.length;
      const order = this._asked.value && found?.live ? "the highest score first" : "the newest first";
      const when = found?.live ? "now" : "as saved for the last time";
      this._number.textContent = `${count(number)} memories, ${when}, ${order}`;
      this._list.append(...nodes.map(memory));
      this._more.hidden = this._skip >= number;
    } catch (error) {
      this._page.say(error);
    }
  }
}

function memory(node) {
  const used = node.last_accessed ? `, last used ${node.last_accessed}` : "";
  const parts = ["recency", "importance", "relevance"];
  const scores =
    node.score == null
      ? null
      : make("div", { class: "soft" }, `score ${node.score.toFixed(2)}: ` +
          parts.map((part) => `${part} ${node[part].toFixed(2)}`).join(", "));
  return make(
    "li", {}, node.description,
    make("div", { class: "soft" }, `${node.type}, ${node.created}, poignancy ${node.poignancy}${used}`),
    scores,
  );
}
