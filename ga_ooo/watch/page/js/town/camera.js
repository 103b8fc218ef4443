// Which part of the town is seen: drag, wheel, keys, or a persona that is followed.

const LEAST = 0.05;
const MOST = 4;

export class Camera {
  /**
   * @param screen element in which the map is seen.
   * @param size width and height of the map in its own pixels.
   * @param moved called after each change.
   */
  constructor(screen, size, moved) {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.followed = null;
    this._screen = screen;
    this._size = size;
    this._moved = moved;
    this._isFitted = false;
    screen.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    screen.addEventListener("pointerdown", (event) => this._drag(event));
  }

  /** Show the whole town. */
  fit() {
    const { clientWidth, clientHeight } = this._screen;
    if (!clientWidth || !clientHeight) return;
    this._isFitted = true;
    this._set(Math.min(clientWidth / this._size[0], clientHeight / this._size[1]));
    this.centre(this._size[0] / 2, this._size[1] / 2);
  }

  /** Show the whole town, if nothing has been shown yet. */
  fitOnce() {
    if (!this._isFitted) this.fit();
  }

  /** Put a point of the map in the middle. */
  centre(x, y) {
    const { clientWidth, clientHeight } = this._screen;
    this._moveTo(clientWidth / 2 - x * this.scale, clientHeight / 2 - y * this.scale);
  }

  /** Closer, or farther away, around a point of the screen. */
  zoom(factor, x = this._screen.clientWidth / 2, y = this._screen.clientHeight / 2) {
    const [mapX, mapY] = this.toMap(x, y);
    this._set(this.scale * factor);
    this._moveTo(x - mapX * this.scale, y - mapY * this.scale);
  }

  /** Move what is seen, in pixels of the screen. */
  pan(across, down) {
    this.followed = null;
    this._moveTo(this.x + across, this.y + down);
  }

  /** The point of the map at a point of the screen. */
  toMap(x, y) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  /** The point of the screen at a point of the map. */
  toScreen(x, y) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  /** Keep the followed persona in the middle. */
  update(places) {
    const place = this.followed == null ? null : places[this.followed];
    if (place) this.centre(...place);
  }

  _moveTo(x, y) {
    // Whole pixels: pictures that lie between two pixels are slower to draw, and not sharp.
    [this.x, this.y] = [Math.round(x), Math.round(y)];
    this._moved();
  }

  _set(scale) {
    this.scale = Math.min(MOST, Math.max(LEAST, scale));
  }

  _wheel(event) {
    event.preventDefault();
    const box = this._screen.getBoundingClientRect();
    const factor = Math.exp(-event.deltaY / 500);
    this.zoom(factor, event.clientX - box.left, event.clientY - box.top);
  }

  _drag(event) {
    if (event.button !== 0) return;
    let last = [event.clientX, event.clientY];
    const move = (next) => {
      this.pan(next.clientX - last[0], next.clientY - last[1]);
      last = [next.clientX, next.clientY];
    };
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
  }
}
