// The schedule of a persona and what is known about it, as it was saved for the last time.

import { make, table } from "../dom.js";

const TITLES = {
  innate: "By nature", learned: "Learned", currently: "Currently", lifestyle: "Lifestyle",
  living_area: "Lives at", daily_plan_req: "Wants each day", act_description: "Last activity",
  act_address: "Last place",
};

export class ScheduleTab {
  constructor(element, page, persona) {
    this._load(element, page, persona);
  }

  changed() {}

  async _load(element, page, persona) {
    try {
      const mind = await page.data.get("mind", { persona });
      element.replaceChildren(...shown(mind?.saved));
    } catch (error) {
      page.say(error);
    }
  }
}

function shown(saved) {
  if (!saved) return [make("p", {}, "No schedule has been saved yet.")];
  const texts = Object.entries(TITLES).filter(([key]) => saved.texts[key]);
  const about = texts.flatMap(([key, title]) => [
    make("dt", {}, title), make("dd", {}, saved.texts[key]),
  ]);
  return [
    make("p", { class: "soft" }, `As saved at ${saved.texts.curr_time ?? "the begin"}.`),
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
