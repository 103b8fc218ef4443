// The people: where they stand, where they look, how they are marked.

import { Atlas, STANDS } from "./atlas.js";
import { loadImage } from "./painting.js";

const ROWS = { down: 0, left: 1, right: 2, up: 3 };
const FRAMES = [0, 1, 2, 1];
const LEAST_PIXELS = 17;
const MOST_SORTED = 200;

export class People {
  /** @param map document "map"; @param names of the personas. */
  constructor(map, names) {
    this.places = names.map(() => null);
    this.tiles = names.map(() => null);
    /** Points of the last frame, in its pixels; null for those who are not seen. */
    this.seen = names.map(() => null);
    this._frames = new Uint8Array(names.length).fill(STANDS);
    this._tile = map.tile;
    this._order = names.map((_, number) => number);
    this._atlas = new Atlas([], names.map(() => null));
  }

  /** Load the sprites; circles stand for those that the checkout does not have. */
  async load(map, pictureUrl) {
    const pictures = [...new Set(map.sprites.filter((each) => each != null))];
    const images = await Promise.all(pictures.map((picture) => loadImage(pictureUrl(picture))));
    const found = pictures.filter((_, number) => images[number]);
    const sheetOf = map.sprites.map((picture) => {
      const at = found.indexOf(picture);
      return at < 0 ? null : at;
    });
    this._atlas = new Atlas(images.filter((image) => image), sheetOf);
  }

  /** Move everybody. `at(persona)` gives {from, to, part, walked}: tiles, and the way that is walked. */
  place(at) {
    const tile = this._tile;
    for (let number = 0; number < this.places.length; number++) {
      const where = at(number);
      this.tiles[number] = where && where.from;
      if (!where) {
        this.places[number] = null;
        continue;
      }
      const { from, to, part } = where;
      this.places[number] = [
        (from[0] + (to[0] - from[0]) * part + 0.5) * tile,
        (from[1] + (to[1] - from[1]) * part + 0.5) * tile,
      ];
      this._frames[number] = frameOf(where);
    }
  }

  /** Find the points of all who are seen in a frame of this size. */
  look(camera, [width, height], ratio) {
    // People who are seen from far away are drawn larger, so that they are found.
    const size = Math.round(Math.max(LEAST_PIXELS, this._tile * camera.scale) * ratio);
    this._atlas.prepare(size);
    const scale = camera.scale * ratio;
    const [left, top] = [camera.x * ratio, camera.y * ratio];
    for (const [number, place] of this.places.entries()) {
      const x = place ? Math.round(place[0] * scale + left) : -Infinity;
      const y = place ? Math.round(place[1] * scale + top) : -Infinity;
      const isSeen = x > -size && y > -size && x < width + size && y < height + size;
      this.seen[number] = isSeen ? [x, y] : null;
    }
  }

  /** Draw all who are seen; those who are marked stand on a ring. */
  draw(context, selected, isAhead) {
    const { seen, _atlas: atlas } = this;
    // In a large town nobody sees who stands in front of whom.
    if (seen.length <= MOST_SORTED) {
      this._order.sort((one, other) => (seen[one]?.[1] ?? 0) - (seen[other]?.[1] ?? 0));
    }
    for (const number of this._order) {
      if (!seen[number]) continue;
      const [x, y] = seen[number];
      if (number === selected || isAhead(number)) atlas.ring(context, number === selected, x, y);
      atlas.draw(context, number, this._frames[number], x, y);
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
}

/** The frame of a sheet: its row is the direction, its column the phase of a step. */
function frameOf({ from, to, part, walked }) {
  const across = to[0] - from[0];
  const down = to[1] - from[1];
  if (!across && !down) return STANDS;
  const side = Math.abs(across) > Math.abs(down);
  const name = side ? (across < 0 ? "left" : "right") : down < 0 ? "up" : "down";
  return ROWS[name] * 3 + FRAMES[Math.floor((walked + part) * 4) % 4];
}
