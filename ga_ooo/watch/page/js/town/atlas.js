// The pictures of all people in one canvas, in the size in which they are seen. A frame then copies
// pixels, and scales nothing.

import { ORANGE, PEOPLE, SKY } from "../palette.js";

const COLUMNS = 12;
const DIRECTIONS = 4;
const FRAMES = 3;
/** Place of the first frame of somebody who stands still. */
export const STANDS = 1;

export class Atlas {
  /**
   * @param sheets pictures of four rows (directions) of three frames.
   * @param sheetOf for each persona the number of its sheet, or null: then a circle stands for it.
   */
  constructor(sheets, sheetOf) {
    this._sheets = sheets;
    this._sheetOf = sheetOf;
    this.canvas = document.createElement("canvas");
    this.size = 0;
  }

  /** Paint all pictures in a size, in pixels, unless that is their size already. */
  prepare(size) {
    if (size === this.size) return;
    this.size = size;
    const { canvas } = this;
    this._ringSize = Math.round(size * 1.25);
    this._ringTop = (this._sheets.length + 1) * size;
    canvas.width = COLUMNS * size;
    canvas.height = this._ringTop + this._ringSize;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    for (const [row, sheet] of this._sheets.entries()) this._sheet(context, sheet, row);
    for (const [number, colour] of PEOPLE.entries()) {
      disc(context, (number + 0.5) * size, (this._sheets.length + 0.5) * size, size * 0.35, colour);
    }
    context.globalAlpha = 0.75;
    for (const [number, colour] of [ORANGE, SKY].entries()) {
      const half = this._ringSize / 2;
      disc(context, number * this._ringSize + half, this._ringTop + half, half - 1, colour);
    }
  }

  /** Copy a persona into a frame, around a point; `frame` is 0 to 11 (rows of three frames). */
  draw(context, persona, frame, x, y) {
    const { size, canvas } = this;
    const sheet = this._sheetOf[persona];
    const row = sheet ?? this._sheets.length;
    const column = sheet == null ? persona % PEOPLE.length : frame;
    const half = size >> 1;
    context.drawImage(canvas, column * size, row * size, size, size, x - half, y - half, size, size);
  }

  /** Copy a ring into a frame: of the selected persona, or of one ahead of the commit horizon. */
  ring(context, isSelected, x, y) {
    const size = this._ringSize;
    const left = isSelected ? 0 : size;
    const half = size >> 1;
    context.drawImage(this.canvas, left, this._ringTop, size, size, x - half, y - half, size, size);
  }

  _sheet(context, image, row) {
    const [width, height] = [image.width / FRAMES, image.height / DIRECTIONS];
    for (let frame = 0; frame < DIRECTIONS * FRAMES; frame++) {
      const from = [(frame % FRAMES) * width, Math.floor(frame / FRAMES) * height];
      context.drawImage(image, ...from, width, height, frame * this.size, row * this.size, this.size, this.size);
    }
  }
}

function disc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, Math.max(1, radius), 0, Math.PI * 2);
  context.fill();
}
