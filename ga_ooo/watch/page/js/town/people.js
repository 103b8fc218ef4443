// The sprites of the people: where they stand, where they look, how they are marked.

import { ofPersona, SKY, ORANGE } from "../palette.js";
import { loadImage } from "./painting.js";

const ROWS = { down: 0, left: 1, right: 2, up: 3 };
const FRAMES = [0, 1, 2, 1];
const LEAST_PIXELS = 17;

export class People {
  constructor(PIXI, map, names) {
    this.layer = new PIXI.Container();
    this.places = names.map(() => null);
    this.tiles = names.map(() => null);
    this._PIXI = PIXI;
    this._tile = map.tile;
    this._people = names.map((_, number) => this._make(number));
  }

  /** Load the sprites; circles stand for those that the checkout does not have. */
  async load(map, pictureUrl) {
    const sheets = new Map();
    for (const picture of new Set(map.sprites.filter((each) => each != null))) {
      sheets.set(picture, loadImage(pictureUrl(picture)).then((image) => this._frames(image)));
    }
    await Promise.all(
      map.sprites.map(async (picture, number) => {
        const frames = await sheets.get(picture);
        if (frames) this._dress(this._people[number], frames);
      }),
    );
  }

  /** Make people that are seen from far away large enough to be found. */
  grow(scale) {
    const factor = Math.max(1, LEAST_PIXELS / (this._tile * scale));
    if (factor === this._factor) return;
    this._factor = factor;
    for (const { body } of this._people) body.scale.set(factor);
  }

  /** Move everybody. `at(persona)` gives {from, to, part}: tiles, and the way that is walked. */
  place(at) {
    const tile = this._tile;
    for (const [number, person] of this._people.entries()) {
      const where = at(number);
      person.body.visible = where != null;
      this.tiles[number] = where && where.from;
      this.places[number] = where && [
        (where.from[0] + (where.to[0] - where.from[0]) * where.part + 0.5) * tile,
        (where.from[1] + (where.to[1] - where.from[1]) * where.part + 0.5) * tile,
      ];
      if (!where) continue;
      person.body.position.set(...this.places[number]);
      person.body.zIndex = this.places[number][1];
      this._turn(person, where);
    }
  }

  /** Mark the selected persona, and those who are ahead of the commit horizon. */
  mark(selected, isAhead) {
    for (const [number, { ring }] of this._people.entries()) {
      const ahead = isAhead(number);
      ring.visible = number === selected || ahead;
      ring.tint = number === selected ? ORANGE : SKY;
    }
  }

  /** The persona at a point of the map; null if nobody is near. */
  near(x, y, distance) {
    let best = null;
    let least = distance;
    for (const [number, place] of this.places.entries()) {
      const away = place ? Math.hypot(place[0] - x, place[1] - y) : Infinity;
      if (away < least) [best, least] = [number, away];
    }
    return best;
  }

  _make(number) {
    const { Container, Sprite } = this._PIXI;
    const body = new Container();
    const ring = new Sprite(this._disc());
    const picture = new Sprite(this._disc());
    ring.anchor.set(0.5);
    ring.width = ring.height = this._tile * 1.25;
    ring.alpha = 0.75;
    ring.visible = false;
    picture.anchor.set(0.5);
    picture.width = picture.height = this._tile * 0.7;
    picture.tint = ofPersona(number);
    body.addChild(ring, picture);
    this.layer.addChild(body);
    return { body, ring, picture, frames: null };
  }

  _disc() {
    if (this._discTexture) return this._discTexture;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.beginPath();
    context.arc(32, 32, 30, 0, Math.PI * 2);
    context.fill();
    this._discTexture = this._PIXI.Texture.from(canvas);
    return this._discTexture;
  }

  /** The frames of a sheet with four rows (directions) of three frames. */
  _frames(image) {
    if (!image) return null;
    const { Rectangle, Texture } = this._PIXI;
    const source = Texture.from(image).source;
    source.scaleMode = "nearest";
    const [width, height] = [image.width / 3, image.height / 4];
    const frame = (row, col) =>
      new Texture({ source, frame: new Rectangle(col * width, row * height, width, height) });
    return [0, 1, 2, 3].map((row) => [0, 1, 2].map((col) => frame(row, col)));
  }

  _dress(person, frames) {
    person.frames = frames;
    person.picture.tint = 0xffffff;
    person.picture.texture = frames[0][1];
    person.picture.width = person.picture.height = this._tile;
  }

  _turn(person, { from, to, part, walked }) {
    if (!person.frames) return;
    const across = to[0] - from[0];
    const down = to[1] - from[1];
    if (!across && !down) {
      person.picture.texture = person.frames[0][1];
      return;
    }
    const side = Math.abs(across) > Math.abs(down);
    const name = side ? (across < 0 ? "left" : "right") : down < 0 ? "up" : "down";
    const frame = FRAMES[Math.floor((walked + part) * 4) % 4];
    person.picture.texture = person.frames[ROWS[name]][frame];
  }
}
