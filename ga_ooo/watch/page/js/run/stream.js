// The task stream: a row for each person, a bar for each call and for each time of being held.

import { button, make, write } from "../dom.js";
import { CALL_LEGEND, HOLDS, ofKind } from "../palette.js";
import { duration, moment, reason } from "../words.js";

const LEFT = 130;
const TOP = 4;
const BOTTOM = 22;
const LEAST_SECONDS = 0.01;

export class Stream {
  constructor(page) {
    this._page = page;
    this._range = null;
    this._bars = { calls: [], holds: [] };
    this._asked = 0;
    this._canvas = make("canvas", {
      tabindex: 0, role: "img",
      "aria-label": "Task stream. Left and right move, plus and minus zoom, 0 shows the whole run.",
      keydown: (event) => this._key(event),
      pointermove: (event) => this._point(event),
      pointerdown: (event) => this._drag(event),
      dblclick: (event) => this._open(event),
    });
    this._canvas.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    this._words = make("p", { class: "soft", "aria-live": "polite" }, "Point at a bar.");
    this.element = make(
      "div", { class: "stream" }, this._buttons(), legend(), this._canvas, this._words,
    );
    new ResizeObserver(() => this._draw()).observe(this._canvas);
  }

  /** The run has come to this second. */
  extend(end) {
    const wasAtEnd = !this._range || this._range[1] >= this._end;
    const wasAll = !this._range || (wasAtEnd && this._range[0] === 0);
    this._end = Math.max(end, LEAST_SECONDS);
    if (wasAll) this._set(0, this._end);
    else if (wasAtEnd) this._set(this._end - (this._range[1] - this._range[0]), this._end);
    else this._draw();
  }

  _buttons() {
    return make(
      "p", {},
      button("+", () => this._zoom(0.5), { "aria-label": "Zoom in" }), " ",
      button("−", () => this._zoom(2), { "aria-label": "Zoom out" }), " ",
      button("Whole run", () => this._set(0, this._end)),
    );
  }

  _set(begin, end) {
    const width = Math.min(Math.max(end - begin, LEAST_SECONDS), this._end);
    const start = Math.min(Math.max(begin, 0), this._end - width);
    this._range = [start, start + width];
    this._draw();
    clearTimeout(this._waiting);
    this._waiting = setTimeout(() => this._load(), 80);
  }

  async _load() {
    const number = ++this._asked;
    const [begin, end] = this._range;
    try {
      const bars = await this._page.data.get("stream", { begin, end });
      if (number !== this._asked || !bars) return;
      this._bars = bars;
      this._draw();
      this._canvas.dataset.bars = bars.calls.length + bars.holds.length;
    } catch (error) {
      this._page.say(error);
    }
  }

  get _rows() {
    return this._page.run.names.length;
  }

  _draw() {
    const canvas = this._canvas;
    const width = canvas.clientWidth;
    if (!width || !this._range) return;
    this._rowHeight = Math.max(2, Math.min(16, 420 / this._rows));
    const height = Math.ceil(TOP + this._rows * this._rowHeight + BOTTOM);
    const ratio = window.devicePixelRatio;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    this._paintBars(context, width);
    this._paintAxes(context, width, height);
  }

  _paintBars(context, width) {
    const [begin, end] = this._range;
    const scale = (width - LEFT) / (end - begin);
    const bar = (persona, from, to, colour, part) => {
      const x = LEFT + Math.max(0, (from - begin) * scale);
      const right = LEFT + Math.min((to - begin) * scale, width - LEFT);
      context.fillStyle = colour;
      const inset = this._rowHeight * (1 - part) * 0.5;
      const y = TOP + persona * this._rowHeight + inset;
      context.fillRect(x, y, Math.max(0.6, right - x), Math.max(1, this._rowHeight * part - 0.5));
    };
    for (const [persona, , from, to, hazard] of this._bars.holds) {
      bar(persona, from, to, HOLDS[hazard] ?? HOLDS.lag, 0.3);
    }
    for (const [persona, , from, to, kind] of this._bars.calls) {
      bar(persona, from, to, ofKind(kind).colour, 0.9);
    }
  }

  _paintAxes(context, width, height) {
    const [begin, end] = this._range;
    context.fillStyle = getComputedStyle(this._canvas).color;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    const every = Math.ceil(11 / this._rowHeight);
    for (let row = 0; row < this._rows; row += every) {
      const y = TOP + (row + 0.5) * this._rowHeight;
      context.fillText(this._page.run.names[row], 2, y, LEFT - 8);
    }
    for (let part = 0; part <= 4; part++) {
      const x = LEFT + ((width - LEFT) * part) / 4;
      context.textAlign = part === 4 ? "right" : part ? "center" : "left";
      context.fillText(duration(begin + ((end - begin) * part) / 4), x, height - BOTTOM / 2);
    }
    context.textAlign = "left";
  }

  // --- moving ---------------------------------------------------------------------------------

  _zoom(factor, part = 0.5) {
    const [begin, end] = this._range;
    const at = begin + (end - begin) * part;
    const width = (end - begin) * factor;
    this._set(at - width * part, at + width * (1 - part));
  }

  _wheel(event) {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    const part = Math.max(0, (event.offsetX - LEFT) / (this._canvas.clientWidth - LEFT));
    this._zoom(Math.exp((event.deltaY || event.deltaX) / 400), part);
  }

  _drag(event) {
    const start = event.clientX;
    const [begin, end] = this._range;
    const move = (next) => {
      const by = ((start - next.clientX) / (this._canvas.clientWidth - LEFT)) * (end - begin);
      this._set(begin + by, end + by);
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
  }

  _key(event) {
    const by = (this._range[1] - this._range[0]) / 4;
    const actions = {
      ArrowLeft: () => this._set(this._range[0] - by, this._range[1] - by),
      ArrowRight: () => this._set(this._range[0] + by, this._range[1] + by),
      "+": () => this._zoom(0.5),
      "-": () => this._zoom(2),
      0: () => this._set(0, this._end),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // --- what is under the pointer ----------------------------------------------------------------

  _under(event) {
    const [begin, end] = this._range;
    const persona = Math.floor((event.offsetY - TOP) / this._rowHeight);
    const second = (end - begin) / (this._canvas.clientWidth - LEFT);
    const at = begin + (event.offsetX - LEFT) * second;
    const hit = (bar) => bar[0] === persona && bar[2] <= at + second && at - second <= bar[3];
    const call = this._bars.calls.find(hit);
    return { call, hold: call ? null : this._bars.holds.find(hit) };
  }

  _point(event) {
    const { call, hold } = this._under(event);
    const { run } = this._page;
    const bar = call ?? hold;
    if (!bar) return;
    const [persona, step, from, to, what, other] = bar;
    const words = call
      ? `${what}${other === "early" ? ", asked early" : ""}`
      : `held: waits for ${run.names[other]} ${reason(what)}`;
    write(
      this._words,
      `${run.names[persona]}, step ${step} (${moment(run, step)}): ${words}, ${duration(to - from)}`,
    );
  }

  _open(event) {
    const { call, hold } = this._under(event);
    const bar = call ?? hold;
    if (!bar) return;
    this._page.clock.seek(bar[1]);
    this._page.select(bar[0]);
  }
}

function legend() {
  const item = (words, colour) => {
    const mark = make("i");
    mark.style.background = colour;
    return make("span", {}, mark, words);
  };
  return make(
    "div", { class: "legend" },
    CALL_LEGEND.map(([words, colour]) => item(words, colour)),
    Object.entries(HOLDS).map(([hazard, colour]) => item(`held: ${hazard}`, colour)),
  );
}
