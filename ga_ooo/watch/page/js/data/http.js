// Where the page's data comes from: the server. Another source (a file with everything in it) needs
// the same methods, and no view would notice.

export class HttpData {
  /** A document: see ga_ooo/watch/views for the names and what each one holds. */
  async get(name, parameters = {}) {
    const query = new URLSearchParams(parameters).toString();
    const answer = await fetch(`data/${name}${query && `?${query}`}`);
    const body = answer.headers.get("content-type")?.includes("json") ? await answer.json() : null;
    if (!answer.ok) throw new Error(body?.problem ?? `the server answered ${answer.status}`);
    return body;
  }

  /** The address of a picture. */
  picture(number) {
    return `pictures/${number}`;
  }

  /** Call `changed` with the progress now, and whenever it changes; `lost` while nobody answers. */
  follow(changed, lost) {
    const events = new EventSource("events");
    events.onmessage = (event) => changed(JSON.parse(event.data));
    events.onerror = lost;
  }

  /** Give the run an order. */
  async order(order) {
    const answer = await fetch("control", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.problem);
    return body;
  }
}
