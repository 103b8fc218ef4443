// Curves over the run's clock.

import { make } from "../dom.js";
import { BLUE, GREEN, ORANGE, VERMILION } from "../palette.js";
import { duration, hour } from "../words.js";

const HEIGHT = 180;

let loading = null;

/** The library that draws curves: loaded at the first look at the run, as the town needs none. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const style = make("link", { rel: "stylesheet", href: "vendor/uPlot.min.css" });
    document.head.append(style);
    import("../../vendor/uPlot.esm.js").then((module) => resolve(module.default), reject);
  });
  return loading;
}

export class Curves {
  constructor(page) {
    this._page = page;
    this.element = make("div", { class: "charts" });
    this._plots = [];
  }

  /** Show the document "curves". */
  async show(curves) {
    this._uPlot = await library();
    const { run } = this._page;
    const time = (steps) => steps.map((step) => (step == null ? "" : hour(run, Math.round(step))));
    const wanted = [
      ["Calls in flight", [["all", BLUE, "in_flight"], ["early", ORANGE, "early"]]],
      ["Game time of commit horizon and leader",
        [["commit horizon", BLUE, "horizon"], ["leader", ORANGE, "leader"]], time],
      ["Early questions", [["used", GREEN, "used"], ["wasted", VERMILION, "wasted"]]],
      ["Tokens", [["in and out", BLUE, "tokens"]]],
    ];
    for (const [number, [title, lines, values]] of wanted.entries()) {
      const data = [curves.at, ...lines.map(([, , name]) => curves[name])];
      if (this._plots[number]) this._plots[number].setData(data);
      else this._plots[number] = this._plot(title, lines, values, data);
    }
  }

  _plot(title, lines, values, data) {
    const box = make("div", { role: "img", "aria-label": title });
    this.element.append(box);
    const ink = getComputedStyle(document.body).color;
    const axis = { stroke: ink, grid: { stroke: "#8884", width: 1 } };
    const plot = new this._uPlot(
      {
        title,
        width: box.clientWidth || 400,
        height: HEIGHT,
        scales: { x: { time: false } },
        axes: [
          { ...axis, values: (_, seconds) => seconds.map((each) => duration(each)), space: 70 },
          { ...axis, size: 60, ...(values && { values: (_, steps) => values(steps) }) },
        ],
        series: [
          { label: "time", value: (_, seconds) => (seconds == null ? "" : duration(seconds)) },
          ...lines.map(([label, stroke], number) => ({
            label, stroke, width: 2, dash: number ? [6, 3] : undefined, points: { show: false },
          })),
        ],
      },
      data,
      box,
    );
    new ResizeObserver(() => {
      if (box.clientWidth) plot.setSize({ width: box.clientWidth, height: HEIGHT });
    }).observe(box);
    return plot;
  }
}
