// The town: the map, the people on it, lines and labels. Drawn only when something has changed.

import { button, checkbox, make } from "../dom.js";
import { Camera } from "./camera.js";
import { Labels } from "./labels.js";
import { drawLinks, inSight } from "./links.js";
import { loadTiles, paintTown } from "./painting.js";
import { People } from "./people.js";

const NEAR = 24;
const COARSE = 0.5;

/** Whether the browser computes WebGL without a graphics card: then a plain canvas is faster. */
function isSoftware() {
  const context = document.createElement("canvas").getContext("webgl");
  const about = context?.getExtension("WEBGL_debug_renderer_info");
  const name = about ? context.getParameter(about.UNMASKED_RENDERER_WEBGL) : "";
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return !context || /swiftshader|llvmpipe|software/i.test(name);
}

export class TownView {
  /** @param page what all views share: data, run, store, clock, live, selection. */
  constructor(element, page) {
    this._page = page;
    this._element = element;
    this._screen = make("div", {
      class: "screen",
      tabindex: 0,
      role: "application",
      "aria-label": "Map. Arrow keys move it, plus and minus zoom, 0 shows all, F follows.",
      keydown: (event) => this._key(event),
    });
    this._seen = [0, 0];
    this.shows = { sight: true, holds: true, names: true, newest: true };
    element.append(this._screen, this._bar());
    this.frames = 0;
  }

  /** Draw the map for the first time. */
  async open() {
    const { PIXI } = window;
    const { data, run } = this._page;
    this._pixi = new PIXI.Application();
    const [map] = await Promise.all([data.get("map"), this._begin()]);
    this._map = map;
    performance.mark("map");
    this._screen.prepend(this._pixi.canvas);
    this._world = new PIXI.Container();
    this._pixi.stage.addChild(this._world);
    const size = [map.width * map.tile, map.height * map.tile];
    this.camera = new Camera(this._world, this._screen, size, () => this.changed());
    this._people = new People(PIXI, map, run.names);
    this._people.layer.sortableChildren = run.names.length <= 200;
    this._links = new PIXI.Graphics();
    this._labels = new Labels(this._screen);
    const picture = (number) => data.picture(number);
    [this._images] = await Promise.all([
      loadTiles(map, picture),
      this._people.load(map, picture),
    ]);
    this._paint(COARSE);
    performance.mark("painted");
    this._screen.addEventListener("click", (event) => this._click(event));
    new ResizeObserver(() => this._resized()).observe(this._screen);
    this.camera.fitOnce();
    this.changed();
  }

  _begin() {
    return this._pixi.init({
      resizeTo: this._screen,
      autoStart: false,
      preference: isSoftware() ? "canvas" : "webgl",
      backgroundColor: 0x6b8e4e,
      resolution: window.devicePixelRatio,
      autoDensity: true,
      eventMode: "none",
    });
  }

  /** Something that is drawn has changed. */
  changed() {
    this._isDirty = true;
  }

  /** Draw, if something has changed. */
  frame() {
    if (!this._isDirty || !this._people || this._element.hidden) return;
    this._isDirty = false;
    this._place();
    this.camera.update(this._people.places);
    this._people.grow(this.camera.scale);
    this._draw();
    if (this._resolution < 1 && this.camera.scale * window.devicePixelRatio > COARSE) {
      this._paint(1);
    }
    this._pixi.render();
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

  /** Paint the map, in place of an earlier painting of it. */
  _paint(resolution) {
    const { PIXI } = window;
    this._resolution = resolution;
    const layers = paintTown(PIXI, this._map, this._images, resolution);
    const sprites = (parts) => {
      const container = new PIXI.Container();
      for (const { texture, x, y } of parts) {
        const sprite = new PIXI.Sprite(texture);
        sprite.position.set(x, y);
        sprite.scale.set(1 / resolution);
        container.addChild(sprite);
      }
      return container;
    };
    const { layer } = this._people;
    const old = this._world.removeChildren().filter((each) => each !== layer && each !== this._links);
    for (const each of old) each.destroy({ children: true, texture: true, textureSource: true });
    this._world.addChild(sprites(layers.below), layer, sprites(layers.above), this._links);
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

  _draw() {
    const { run, store, clock, live, selection } = this._page;
    const isAhead = (persona) => this._isNewest && live.people[persona]?.[0] > live.horizon;
    this._people.mark(selection.persona, isAhead);
    const pairs = this.shows.sight
      ? inSight(this._map, run.radius, this._people.tiles, selection.persona)
      : [];
    const holds = !this.shows.holds
      ? []
      : this._isNewest
        ? live.people.flatMap((row, held) => (row[3] == null ? [] : [[held, row[3]]]))
        : store.holds(clock.now).map((hold) => [hold[0], hold[2]]);
    drawLinks(this._links, this._people.places, pairs, holds, this.camera.scale);
    this._label(isAhead);
    this._speak();
  }

  _label(isAhead) {
    const { run, store, live, selection } = this._page;
    const items = [];
    const all = this._labels.areShown(this.camera.scale);
    const labelled = all ? run.names.keys() : selection.persona == null ? [] : [selection.persona];
    for (const persona of this.shows.names ? labelled : []) {
      const place = this._people.places[persona];
      if (!place) continue;
      const [x, y] = this.camera.toScreen(...place);
      if (x < 0 || y < 0 || x > this._seen[0] || y > this._seen[1]) continue;
      const ahead = isAhead(persona) ? live.people[persona][0] - live.horizon : 0;
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
    this._pixi.resize();
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
