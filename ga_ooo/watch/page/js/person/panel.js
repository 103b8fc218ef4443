// The panel of one persona, or the list of all.

import { button, make, write } from "../dom.js";
import { doing } from "../words.js";
import { CallsTab } from "./calls.js";
import { MemoryTab } from "./memory.js";
import { NowTab } from "./now.js";
import { ScheduleTab } from "./schedule.js";
import { TalksTab } from "./talks.js";

const TABS = [
  ["Now", NowTab], ["Talks", TalksTab], ["Schedule", ScheduleTab],
  ["Memory", MemoryTab], ["Calls", CallsTab],
];

export class PersonPanel {
  constructor(element, page) {
    this._element = element;
    this._page = page;
    this._tab = "Now";
    this._shown = null;
    this._drawn = 0;
  }

  /** Show the selected persona from the beginning. */
  open() {
    const { selection } = this._page;
    this._element.replaceChildren();
    this._shown = null;
    if (selection.persona == null) this._list();
    else this._person(selection.persona);
  }

  /** The clock has advanced, or data has arrived. */
  changed() {
    // While the page plays, it is enough to see now and then what people do.
    const now = performance.now();
    if (this._page.clock.playing && now - this._drawn < (this._shown ? 250 : 1000)) return;
    this._drawn = now;
    if (this._shown) this._shown.changed();
    else if (this._rows) this._fillList();
  }

  _list() {
    const { run } = this._page;
    this._rows = run.names.map((name, persona) => {
      const does = make("span", { class: "soft" });
      const open = button(name, () => this._page.select(persona));
      return { item: make("li", {}, open, " ", does), does, persona, name };
    });
    const search = make("input", {
      type: "search", placeholder: "Find a person", "aria-label": "Find a person",
      input: () => {
        const wanted = search.value.toLowerCase();
        for (const row of this._rows) row.item.hidden = !row.name.toLowerCase().includes(wanted);
      },
    });
    const list = make("ul", { class: "plain" }, this._rows.map((row) => row.item));
    this._element.append(make("h2", {}, `${run.names.length} people`), search, list);
    this._watchRows();
  }

  /** Only the rows that are seen are kept up to date: a town may have 1,000 people. */
  _watchRows() {
    const rowOf = new Map(this._rows.map((row) => [row.item, row]));
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) rowOf.get(target).isSeen = isIntersecting;
      if (this._rows) this._fillList();
    });
    for (const { item } of this._rows) observer.observe(item);
  }

  _fillList() {
    const { store, clock } = this._page;
    for (const { does, persona } of this._rows.filter((row) => row.isSeen)) {
      const [emoji, words] = store.activity(persona, clock.now) ?? ["", ""];
      write(does, `${emoji} ${doing(words)}`);
    }
  }

  _person(persona) {
    const { run } = this._page;
    this._rows = null;
    const body = make("div", { role: "tabpanel" });
    const tabs = TABS.map(([name]) =>
      button(name, () => this._choose(name, body, tabs), { role: "tab", "data-tab": name }),
    );
    this._element.append(
      make("h2", {}, run.names[persona]),
      button("All people", () => this._page.select(null), { id: "all-people" }), " ",
      button("Follow on the map", () => this._page.follow(persona)),
      make("details", {}, make("summary", {}, "Ask a question"), make("pre", {}, asking(run, persona))),
      whisper(this._page, persona),
      make("div", { role: "tablist", keydown: (event) => turn(event, tabs) }, tabs),
      body,
    );
    this._choose(this._tab, body, tabs);
  }

  _choose(name, body, tabs) {
    this._tab = name;
    for (const tab of tabs) {
      const isChosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    body.replaceChildren();
    const [, Tab] = TABS.find(([each]) => each === name);
    this._shown = new Tab(body, this._page, this._page.selection.persona);
    this._shown.changed();
  }
}

/** The command that asks a persona a question without changing the run. */
function asking(run, persona) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const target = [run.host, run.simulation].map(quoted).join(" ");
  return `ga-ooo ask ${target} --persona ${quoted(run.names[persona])} 'What do you plan for today?'`;
}

/** Whisper to a persona: a text that the host makes a thought of this persona, between two steps. */
function whisper(page, persona) {
  const text = make("textarea", { rows: 3, maxlength: 2000, "aria-label": "What is whispered" });
  const said = make("p", { class: "soft", role: "status" });
  const send = async () => {
    if (!text.value.trim()) return;
    try {
      await page.data.order({ order: "whisper", persona: page.run.names[persona], text: text.value });
      text.value = "";
      write(said, "It becomes a thought at the next step that nobody has begun.");
    } catch (error) {
      page.say(error);
    }
  };
  return make(
    "details", { id: "whisper", hidden: !page.live.control },
    make("summary", {}, "Whisper"), text, make("p", {}, button("Whisper", send)), said,
  );
}

/** The arrow keys choose a tab, as everywhere. */
function turn(event, tabs) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const at = tabs.indexOf(document.activeElement);
  const next = tabs[(at + by + tabs.length) % tabs.length];
  next.focus();
  next.click();
}
