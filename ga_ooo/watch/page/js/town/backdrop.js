// The map as it is seen on the screen: painted once for each position of the camera, and copied into
// each frame. So a frame costs the same for a map of any size. The towns of a large map look alike, so
// one of them is painted and shown at all corners.

import { paintTown } from "./painting.js";

const COARSE = 0.5;

export class Backdrop {
  /** @param map document "map"; @param images pictures of its tile sets. */
  constructor(map, images) {
    this._map = map;
    this._images = images;
    this._below = document.createElement("canvas");
    this._above = document.createElement("canvas");
    this._paint(COARSE);
  }

  /**
   * Paint both layers for a position of the camera, unless they are painted for it already.
   * @param size width and height in pixels of the screen; @param ratio its pixels for one of CSS.
   */
  prepare(camera, size, ratio) {
    const scale = camera.scale * ratio;
    // A close look needs all pixels of the tiles: four times as many as the first view.
    if (this._resolution < 1 && scale > COARSE) this._paint(1);
    const wanted = [camera.x, camera.y, scale, ...size].join();
    if (wanted === this._painted) return;
    this._painted = wanted;
    for (const [canvas, parts, alpha] of [
      [this._below, this._layers.below, false],
      [this._above, this._layers.above, true],
    ]) {
      [canvas.width, canvas.height] = size;
      const context = canvas.getContext("2d", { alpha });
      this._compose(context, parts, [camera.x * ratio, camera.y * ratio], scale, size);
    }
  }

  /** Copy what lies below the people into a frame. */
  below(context) {
    context.drawImage(this._below, 0, 0);
  }

  /** Copy what lies above the people into a frame. */
  above(context) {
    if (this._layers.above.length) context.drawImage(this._above, 0, 0);
  }

  _compose(context, parts, [left, top], scale, [width, height]) {
    if (parts === this._layers.below) {
      context.fillStyle = "#6b8e4e";
      context.fillRect(0, 0, width, height);
    }
    context.imageSmoothingEnabled = scale < 1;
    for (const corner of this._map.corners) {
      const [townX, townY] = corner.map((tiles) => tiles * this._map.tile);
      for (const part of parts) {
        const x = townX + part.x;
        const y = townY + part.y;
        const { canvas } = part;
        // Edges of neighbours are rounded alike, so that no gap is left between them.
        const [begin, end] = [x, x + canvas.width / this._resolution].map((at) => Math.round(left + at * scale));
        const [high, low] = [y, y + canvas.height / this._resolution].map((at) => Math.round(top + at * scale));
        if (end <= 0 || low <= 0 || begin >= width || high >= height) continue;
        context.drawImage(canvas, begin, high, end - begin, low - high);
      }
    }
  }

  _paint(resolution) {
    this._resolution = resolution;
    this._painted = null;
    this._layers = paintTown(this._map, this._images, resolution);
  }
}
