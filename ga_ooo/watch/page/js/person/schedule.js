// The schedule of a persona and what is known about it: now in a run, or when it was saved.

import { make, table } from "../dom.js";

const TITLES = {
  innate: "By nature", learned: "Learned", currently: "Currently", lifestyle: "Lifestyle",
  living_area: "Lives at", daily_plan_req: "Wants each day", act_description: "Last activity",
  act_address: "Last place",
};

const PAUSE = 3000;

export class ScheduleTab {
  constructor(element, page, persona) {
    this._load = () => this._show(element, page, persona);
    this._load();
  }

  /** In a run, the mind of a persona changes while one looks at it. */
  changed() {
    if (this._isLive && performance.now() - this._loaded > PAUSE) this._load();
  }

  async _show(element, page, persona) {
    this._loaded = Infinity;
    try {
      const found = await page.data.get("mind", { persona });
      this._isLive = found?.live;
      element.replaceChildren(...shown(found?.mind, this._isLive));
    } catch (error) {
      page.say(error);
    } finally {
      this._loaded = performance.now();
    }
  }
}

function shown(saved, isLive) {
  if (!saved) return [make("p", {}, "No schedule has been saved yet.")];
  const texts = Object.entries(TITLES).filter(([key]) => saved.texts[key]);
  const about = texts.flatMap(([key, title]) => [
    make("dt", {}, title), make("dd", {}, saved.texts[key]),
  ]);
  return [
    make("p", { class: "soft" }, `${isLive ? "Now" : "As saved"}, at ${saved.texts.curr_time ?? "the begin"}.`),
    make("h3", {}, "The day"),
    table(["From", "Minutes", "Activity"], withTimes(saved.schedule)),
    make("h3", {}, "The plan"),
    make("ul", {}, saved.plan.map((each) => make("li", {}, each))),
    make("h3", {}, "About"),
    make("dl", {}, about),
  ];
}

function withTimes(schedule) {
  let minute = 0;
  return schedule.map(([words, minutes]) => {
    const time = `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    minute += minutes;
    return [time, minutes, words];
  });
}
