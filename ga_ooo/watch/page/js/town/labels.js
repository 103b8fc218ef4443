// Names, emojis and speech bubbles above the people: elements of the page, so they can be read by
// everybody's tools, and texts are texts.

import { make, write } from "../dom.js";

const MOST = 70;
const LEAST_SCALE = 0.45;
const LONGEST = 160;

export class Labels {
  constructor(screen) {
    this._layer = make("div", { class: "labels", "aria-hidden": "true" });
    this._labels = [];
    this._bubbles = [];
    screen.append(this._layer);
  }

  /** Whether there is room for the labels of all. */
  areShown(scale) {
    return scale >= LEAST_SCALE;
  }

  /** Show names and emojis: items {x, y, name, emoji, note}. */
  show(items) {
    fill(this._layer, this._labels, items.slice(0, MOST), "label", (label, item) => {
      write(label.children[0], item.emoji);
      write(label.children[1], item.note ? `${item.name} (${item.note})` : item.name);
    });
  }

  /** Show what is said: items {x, y, speaker, words}. */
  speak(items) {
    fill(this._layer, this._bubbles, items.slice(0, MOST), "bubble", (bubble, item) => {
      write(bubble.children[0], item.speaker);
      const { words } = item;
      write(bubble.children[1], words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words);
    });
  }
}

function fill(layer, pool, items, name, write_) {
  while (pool.length < items.length) {
    const element = make("div", { class: name }, make("b"), make("span"));
    layer.append(element);
    pool.push(element);
  }
  for (const [number, element] of pool.entries()) {
    const item = items[number];
    element.hidden = !item;
    if (!item) continue;
    write_(element, item);
    element.style.transform = `translate(${Math.round(item.x)}px, ${Math.round(item.y)}px)`;
  }
}
