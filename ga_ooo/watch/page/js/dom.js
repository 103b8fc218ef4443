// Makes elements. Texts become text nodes, so no text of a simulation is ever read as markup.

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text without control characters and without marks that turn the direction of writing. */
export function plain(text) {
  return String(text ?? "").replace(CONTROL, "\ufffd");
}

/** An element with attributes (a function is a listener) and children (texts or elements). */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, plain(value));
  }
  element.append(...children.flat().filter((child) => child != null).map(asNode));
  return element;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(plain(child));
}

/** Replace the text of an element, if it is another one. */
export function write(element, text) {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** A table with a header; each row is a list of cells (texts or elements). */
export function table(head, rows) {
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, head.map((cell) => make("th", { scope: "col" }, cell)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell))))),
  );
}

/** A button. */
export function button(text, press, attributes = {}) {
  return make("button", { type: "button", click: press, ...attributes }, text);
}

/** A box with a label that can be checked. */
export function checkbox(text, checked, change, attributes = {}) {
  const box = make("input", { type: "checkbox", ...attributes });
  box.checked = checked;
  box.addEventListener("change", () => change(box.checked));
  return make("label", {}, box, text);
}
