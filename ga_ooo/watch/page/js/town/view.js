// The town: the map, the people on it, lines and labels. Drawn only when something has changed.

import { button, checkbox, make } from "../dom.js";
import { Backdrop } from "./backdrop.js";
import { Camera } from "./camera.js";
import { Labels } from "./labels.js";
import { drawLinks, inSight } from "./links.js";
import { loadTiles } from "./painting.js";
import { People } from "./people.js";

const NEAR = 24;
/** Pixels of the screen for one of CSS that are drawn at most: more are not seen, and cost time. */
const MOST_RATIO = 2;

export class TownView {
  /** @param page what all views share: data, run, store, clock, live, selection. */
  constructor(element, page) {
    this._page = page;
    this._element = element;
    this._canvas = make("canvas");
    this._screen = make("div", {
      class: "screen",
      tabindex: 0,
      role: "application",
      "aria-label": "Map. Arrow keys move it, plus and minus zoom, 0 shows all, F follows.",
      keydown: (event) => this._key(event),
    }, this._canvas);
    this._seen = [0, 0];
    this.shows = { sight: true, holds: true, names: true, newest: true };
    element.append(this._screen, this._bar());
    this.frames = 0;
  }

  /** Draw the map for the first time. */
  async open() {
    const { data, run } = this._page;
    // The first answer may be from before the run began.
    const map = (await data.get("map")) ?? (await data.get("map"));
    this._map = map;
    performance.mark("map");
    this._context = this._canvas.getContext("2d", { alpha: false });
    const size = [map.width * map.tile, map.height * map.tile];
    this.camera = new Camera(this._screen, size, () => this.changed());
    const people = new People(map, run.names);
    this._labels = new Labels(this._screen);
    const picture = (number) => data.picture(number);
    this._backdrop = new Backdrop(map, await loadTiles(map, picture));
    this._people = people;
    performance.mark("painted");
    this._screen.addEventListener("click", (event) => this._click(event));
    new ResizeObserver(() => this._resized()).observe(this._screen);
    this._resized();
    // The town can be seen before the sprites of its people are there.
    await people.load(map, picture);
    this.changed();
  }

  /** Something that is drawn has changed. */
  changed() {
    this._isDirty = true;
  }

  /** Draw, if something has changed. */
  frame() {
    if (!this._isDirty || !this._people || !this._seen[0] || this._element.hidden) return;
    this._isDirty = false;
    const { _canvas: canvas, _context: context, camera, _people: people } = this;
    this._place();
    camera.update(people.places);
    const size = [canvas.width, canvas.height];
    const ratio = canvas.width / this._seen[0];
    this._backdrop.prepare(camera, size, ratio);
    people.look(camera, size, ratio);
    this._backdrop.below(context);
    people.draw(context, this._page.selection.persona, (persona) => this._isAhead(persona));
    this._backdrop.above(context);
    this._drawLinks(ratio);
    this._label();
    this._speak();
    // Following somebody has moved the camera, but the frame shows that already.
    this._isDirty = false;
    if (!this.frames) performance.mark("drawn");
    this.frames++;
    this._screen.dataset.drawn = String(this.frames);
  }

  /** Follow a persona, or nobody (null). */
  follow(persona) {
    this.camera.followed = persona;
    if (persona != null && this.camera.scale < 0.6) this.camera.zoom(1 / this.camera.scale);
    this.changed();
  }

  /** Whether each persona is shown at its own newest step, as in a run that is followed. */
  get _isNewest() {
    return this._page.clock.live && this.shows.newest;
  }

  /** The step at which a persona is shown. */
  _stepOf(persona) {
    const { clock, live } = this._page;
    const newest = this._isNewest ? live.people[persona]?.[0] : null;
    return newest == null ? clock.step : Math.max(clock.first, newest - 1);
  }

  _place() {
    const { store } = this._page;
    this._people.place((persona) => {
      const step = this._stepOf(persona);
      const from = store.tile(persona, Math.floor(step));
      if (!from) return null;
      const part = step - Math.floor(step);
      const to = part ? (store.tile(persona, Math.floor(step) + 1) ?? from) : from;
      return { from, to, part, walked: Math.floor(step) };
    });
  }

  _isAhead(persona) {
    const { live } = this._page;
    return this._isNewest && live.people[persona]?.[0] > live.horizon;
  }

  _drawLinks(ratio) {
    const { run, store, clock, live, selection } = this._page;
    const pairs = this.shows.sight
      ? inSight(this._map, run.radius, this._people.tiles, selection.persona)
      : [];
    const holds = !this.shows.holds
      ? []
      : this._isNewest
        ? live.people.flatMap((row, held) => (row[3] == null ? [] : [[held, row[3]]]))
        : store.holds(clock.now).map((hold) => [hold[0], hold[2]]);
    drawLinks(this._context, this._people.seen, pairs, holds, ratio);
  }

  _label() {
    const { run, store, live, selection } = this._page;
    const items = [];
    const all = this._labels.areShown(this.camera.scale);
    const labelled = all ? run.names.keys() : selection.persona == null ? [] : [selection.persona];
    for (const persona of this.shows.names ? labelled : []) {
      const place = this._people.places[persona];
      if (!place) continue;
      const [x, y] = this.camera.toScreen(...place);
      if (x < 0 || y < 0 || x > this._seen[0] || y > this._seen[1]) continue;
      const ahead = this._isAhead(persona) ? live.people[persona][0] - live.horizon : 0;
      items.push({
        x,
        y,
        name: run.names[persona],
        emoji: store.activity(persona, Math.floor(this._stepOf(persona)))?.[0] ?? "",
        note: ahead ? `${ahead} ahead` : "",
      });
    }
    this._labels.show(items);
  }

  _speak() {
    const { store, clock } = this._page;
    const items = [];
    for (const talk of store.talks(clock.now)) {
      if (!talk.lines.length) continue;
      const last = talk.last ?? Math.max(clock.end, talk.first);
      const part = (clock.now - talk.first) / (last - talk.first + 1);
      const [speaker, words] = talk.lines[Math.floor(part * talk.lines.length)];
      const partner = talk.partner != null && this._page.run.names[talk.partner] === speaker;
      const place = this._people.places[partner ? talk.partner : talk.persona];
      if (!place) continue;
      const [x, y] = this.camera.toScreen(...place);
      items.push({ x, y: y - 14 * this.camera.scale, speaker, words });
    }
    this._labels.speak(items);
  }

  _bar() {
    const change = (name) => (value) => {
      this.shows[name] = value;
      this.changed();
    };
    return make(
      "div",
      { class: "bar" },
      button("+", () => this.camera.zoom(1.4), { "aria-label": "Closer" }),
      button("−", () => this.camera.zoom(1 / 1.4), { "aria-label": "Farther away" }),
      button("Whole town", () => this.camera.fit()),
      checkbox("names", true, change("names")),
      checkbox("in sight", true, change("sight"), { "data-key": "sight" }),
      checkbox("held by", true, change("holds"), { "data-key": "holds" }),
      checkbox("ahead of the commit horizon", true, change("newest"), {
        title: "In a run that is followed: show each person at its own newest step",
      }),
    );
  }

  _resized() {
    // Kept, since asking for it in each frame makes the browser lay out the page in each frame.
    this._seen = [this._screen.clientWidth, this._screen.clientHeight];
    if (!this._seen[0] || !this._seen[1]) return;
    const ratio = Math.min(MOST_RATIO, window.devicePixelRatio);
    [this._canvas.width, this._canvas.height] = this._seen.map((pixels) => Math.round(pixels * ratio));
    this.camera.fitOnce();
    this.changed();
  }

  _click(event) {
    const box = this._screen.getBoundingClientRect();
    const point = this.camera.toMap(event.clientX - box.left, event.clientY - box.top);
    const found = this._people.near(...point, NEAR / Math.min(1, this.camera.scale));
    if (found != null) this._page.select(found);
  }

  _key(event) {
    const actions = {
      ArrowLeft: () => this.camera.pan(60, 0),
      ArrowRight: () => this.camera.pan(-60, 0),
      ArrowUp: () => this.camera.pan(0, 60),
      ArrowDown: () => this.camera.pan(0, -60),
      "+": () => this.camera.zoom(1.4),
      "-": () => this.camera.zoom(1 / 1.4),
      0: () => this.camera.fit(),
      f: () => this.follow(this._page.selection.persona),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }
}
