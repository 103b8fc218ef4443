"use strict";
// Draws the report. Every text of the run is set as text, and never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const id = (name) => document.getElementById(name);
  // The groups and colours of the page that `ga-ooo watch` serves (ga_ooo/watch/page/js/palette.js).
  // tests/watch/test_palette.py compares them, and computes how colour-blind people see them.
  const GROUPS = [
    ["talking", "#0072b2", ["utterance", "relationship", "conversation summary", "decide to talk"]],
    ["reacting", "#56b4e9", ["decide to react", "revised schedule"]],
    ["planning", "#009e73", ["daily plan", "hourly schedule", "task decomposition", "wake up hour"]],
    ["choosing a place", "#f0e442", ["action sector", "action arena", "action object"]],
    ["reflecting", "#cc79a7", ["focal points", "insights", "memo of conversation", "planning thought"]],
    ["perceiving", "#c0c0c0", []],
  ];
  const groupOf = (name) => GROUPS.find(([, , kinds]) => kinds.includes(name)) || GROUPS[GROUPS.length - 1];
  const colours = data.kinds.map((kind) => groupOf(kind.name)[1]);
  const colour = (kind) => colours[kind];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const number = (value, digits = 0) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (part, whole) => (whole ? `${number((100 * part) / whole)} %` : "");
  const duration = (seconds) => {
    if (seconds < 60) return `${number(seconds, seconds < 10 ? 3 : 1)} s`;
    const minutes = Math.round(seconds / 60);
    return minutes < 90 ? `${number(seconds / 60, 1)} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  };
  const start = Date.parse(`${data.start}Z`);
  const gameTime = (step) =>
    new Date(start + 1000 * data.stepSeconds * (step - data.firstStep)).toISOString().slice(0, 19).replace("T", " ");
  const money = (amount) => `${number(amount, amount >= 1 ? 2 : 4)} ${data.currency}`;

  const table = (target, heads, rows, texts = []) => {
    const head = element("tr");
    heads.forEach((text, column) => head.append(element("th", text, texts.includes(column) ? "text" : "")));
    const body = element("tbody");
    for (const row of rows) {
      const line = element("tr");
      row.forEach((text, column) => line.append(element("td", text, texts.includes(column) ? "text" : "")));
      body.append(line);
    }
    const thead = element("thead");
    thead.append(head);
    target.replaceChildren(thead, body);
  };

  const unpack = (text, Kind) => {
    const raw = atob(text), bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return new Kind(bytes.buffer);
  };
  const spans = (packed, extra) => {
    const found = {
      persona: unpack(packed.persona, Uint16Array), step: unpack(packed.step, Uint32Array),
      at: unpack(packed.at, Uint32Array), length: unpack(packed.length, Uint32Array),
    };
    for (const [name, Kind] of extra) found[name] = unpack(packed[name], Kind);
    // The first item of each persona; items are sorted by persona and time.
    found.first = new Uint32Array(data.people.length + 1);
    for (let i = 0, next = 0; i <= found.at.length; i++) {
      const persona = i < found.at.length ? found.persona[i] : data.people.length;
      while (next <= persona && next <= data.people.length) found.first[next++] = i;
    }
    return found;
  };
  const calls = spans(data.calls, [["kind", Uint16Array], ["early", Uint8Array]]);
  const early = spans(data.early, [["kind", Uint16Array], ["used", Uint8Array]]);
  const holds = spans(data.holds, [["hazard", Uint8Array], ["blocker", Uint16Array]]);

  // --- figures ------------------------------------------------------------------------------------

  const sum = (name) => data.kinds.reduce((total, kind) => total + kind[name], 0);
  const steps = data.nextStep - data.firstStep;
  document.title = data.title;
  id("title").textContent = data.title;
  id("about").textContent = `${number(data.people.length)} personas, ${number(steps)} steps, game time ${gameTime(data.firstStep)} to ${gameTime(data.nextStep)}`;
  const unit = data.clock === "virtual" ? "virtual time" : "time";
  const atMost = data.loops.bound ? "at most " : "";
  const numbers = [
    [unit, duration(data.end)],
    ["faster than the host's loop", data.end ? `${atMost}${number(data.loops.serial / data.end, 2)} times` : ""],
    ["calls of moves", number(sum("calls"))],
    ["answers of the model", number(sum("asked"))],
    ["asked early", `${number(sum("early"))} used, ${number(sum("wasted"))} not used`],
    ["tokens", `${number(sum("tokens_in"))} in, ${number(sum("tokens_out"))} out`],
    ["conversations", number(data.talks.length)],
    ["waiting for the model on the critical path", percent(data.loops.path, data.end)],
  ];
  if (data.currency) numbers.push(["cost of tokens", money(sum("cost"))]);
  for (const [name, text] of numbers) {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", text));
    id("numbers").append(pair);
  }
  const longest = Math.max(data.loops.serial, data.loops.sync, data.end, 1e-9);
  for (const [name, seconds, bound] of [
    ["the host's own loop", data.loops.serial, atMost],
    ["all personas of a step at once", data.loops.sync, atMost],
    ["this run", data.end, ""],
    ["calls on the critical path", data.loops.path, ""],
  ]) {
    const line = element("div", undefined, "loop"), bar = element("i"), value = element("span");
    bar.style.width = `${(70 * seconds) / longest}%`;
    value.append(bar, bound + duration(seconds));
    line.append(element("span", name), value);
    id("loops").append(line);
  }

  const canvasOf = (canvas, height) => {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    return [pen, width];
  };
  const curve = (canvas, points, label) => {
    const height = 140, [pen, width] = canvasOf(canvas, height);
    const most = Math.max(...points.map((point) => point[1]), 1e-9), least = label === number ? 0 : data.firstStep;
    const x = (at) => 50 + ((width - 60) * at) / (data.end || 1);
    const y = (value) => height - 20 - ((height - 35) * (value - least)) / (most - least || 1);
    pen.fillStyle = style("--faint");
    pen.fillText(label === number ? number(most, 1) : gameTime(most).slice(11, 16), 4, y(most) + 4);
    pen.fillText(label === number ? "0" : gameTime(least).slice(11, 16), 4, y(least) + 4);
    pen.fillText(duration(data.end), width - 70, height - 4);
    pen.fillText("0", x(0), height - 4);
    pen.strokeStyle = style("--bar");
    pen.lineWidth = 1.5;
    pen.beginPath();
    points.forEach(([at, value], i) => (i ? pen.lineTo(x(at), y(value)) : pen.moveTo(x(at), y(value))));
    pen.stroke();
  };
  const drawCurves = () => {
    const bins = data.inFlight.length;
    curve(id("horizon"), data.horizon.length ? data.horizon : [[0, data.firstStep]], gameTime);
    curve(id("flight"), data.inFlight.map((value, i) => [((i + 0.5) * data.end) / bins, value]), number);
  };

  // --- task stream --------------------------------------------------------------------------------

  const whole = Math.max(1, data.end * 1000), NAMES = 130;
  const ROW = data.people.length > 200 ? 8 : data.people.length > 60 ? 14 : 20;
  let from = 0, until = whole;
  const tasks = id("tasks"), personaPath = data.people.map(() => []);
  for (const part of data.path) if (part[0] < personaPath.length) personaPath[part[0]].push(part);

  // The first item of a persona that may be seen. Calls of one persona seldom overlap.
  const search = (found, persona, time) => {
    let low = found.first[persona], high = found.first[persona + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (found.at[middle] + found.length[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const bars = (pen, scale, found, persona, top, height, fill) => {
    let drawn = -1;
    const stop = found.first[persona + 1];
    for (let i = search(found, persona, from); i < stop && found.at[i] < until; i++) {
      const left = Math.max(0, (found.at[i] - from) * scale), right = (found.at[i] + found.length[i] - from) * scale;
      // Bars narrower than a pixel are one bar.
      if (right <= drawn) continue;
      pen.fillStyle = fill(i);
      pen.fillRect(NAMES + left, top, Math.max(0.7, right - left), height);
      drawn = Math.max(right, left + 0.7);
    }
  };
  const drawTasks = () => {
    const [pen, width] = canvasOf(tasks, Math.max(40, ROW * data.people.length + 18));
    const scale = (width - NAMES) / (until - from), held = style("--held"), ink = style("--ink");
    data.people.forEach((name, persona) => {
      const top = ROW * persona;
      pen.globalAlpha = 1;
      bars(pen, scale, holds, persona, top + 1, ROW - 3, () => held);
      pen.globalAlpha = 0.45;
      bars(pen, scale, early, persona, top + ROW * 0.62, ROW * 0.25, (i) => colour(early.kind[i]));
      pen.globalAlpha = 1;
      bars(pen, scale, calls, persona, top + 2, ROW * 0.55, (i) => colour(calls.kind[i]));
      if (id("mark").checked) drawPath(pen, scale, persona, top, ink);
      pen.fillStyle = style("--paper");
      pen.fillRect(0, top, NAMES, ROW);
      if (ROW >= 12 || persona % 2 === 0) {
        pen.fillStyle = ink;
        pen.fillText(name.slice(0, 20), 2, top + ROW - 6 + (ROW < 12 ? 4 : 0), NAMES - 6);
      }
    });
    pen.fillStyle = style("--faint");
    const bottom = ROW * data.people.length + 14;
    pen.fillText(duration(from / 1000), NAMES, bottom);
    pen.fillText(duration(until / 1000), width - 70, bottom);
  };
  const drawPath = (pen, scale, persona, top, ink) => {
    pen.fillStyle = ink;
    for (const [, at, length] of personaPath[persona]) {
      if (at + length < from || at > until) continue;
      pen.fillRect(NAMES + Math.max(0, (at - from) * scale), top + ROW - 3, Math.max(1, length * scale), 2);
    }
  };
  const redraw = () => requestAnimationFrame(drawTasks);
  const show = (left, right) => {
    const length = Math.min(whole, Math.max(2, right - left));
    from = Math.min(Math.max(0, left), whole - length);
    until = from + length;
    redraw();
  };
  const zoom = (factor, share = 0.5) => {
    const centre = from + share * (until - from), length = (until - from) * factor;
    show(centre - share * length, centre + (1 - share) * length);
  };
  const shareAt = (event) => Math.max(0, (event.offsetX - NAMES) / (tasks.clientWidth - NAMES));
  tasks.addEventListener("wheel", (event) => {
    if (event.shiftKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, shareAt(event));
  }, { passive: false });
  let dragged = null;
  tasks.addEventListener("pointerdown", (event) => { dragged = [event.clientX, from, until]; tasks.setPointerCapture(event.pointerId); });
  tasks.addEventListener("pointerup", () => { dragged = null; });
  tasks.addEventListener("pointermove", (event) => {
    if (dragged) {
      const moved = ((event.clientX - dragged[0]) / (tasks.clientWidth - NAMES)) * (dragged[2] - dragged[1]);
      show(dragged[1] - moved, dragged[2] - moved);
    } else id("under").textContent = under(event) || "\u00a0";
  });
  tasks.addEventListener("keydown", (event) => {
    const length = until - from;
    const act = {
      "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.6), 0: () => show(0, whole),
      ArrowLeft: () => show(from - length / 4, until - length / 4),
      ArrowRight: () => show(from + length / 4, until + length / 4),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  id("in").onclick = () => zoom(0.6);
  id("out").onclick = () => zoom(1.6);
  id("all").onclick = () => show(0, whole);
  id("mark").onchange = redraw;
  const under = (event) => {
    const persona = Math.floor(event.offsetY / ROW);
    if (persona < 0 || persona >= data.people.length || event.offsetX < NAMES) return "";
    const time = from + shareAt(event) * (until - from), name = data.people[persona];
    for (const [found, words] of [
      [calls, (i) => `${data.kinds[calls.kind[i]].name}${calls.early[i] ? " (asked early)" : ""}`],
      [holds, (i) => `held by ${data.people[holds.blocker[i]]} (${data.hazards[holds.hazard[i]]})`],
      [early, (i) => `early: ${data.kinds[early.kind[i]].name}, ${early.used[i] ? "used" : "not used"}`],
    ]) {
      const i = search(found, persona, time);
      if (i < found.first[persona + 1] && found.at[i] <= time)
        return `${name}, step ${number(found.step[i])} (${gameTime(found.step[i])}): ${words(i)}, ${duration(found.length[i] / 1000)}`;
    }
    return name;
  };

  // --- tables -------------------------------------------------------------------------------------

  const onPath = new Map();
  for (const [, , length, kind] of data.path) if (kind !== -2) onPath.set(kind, (onPath.get(kind) || 0) + length / 1000);
  const pathRows = [...onPath].sort((a, b) => b[1] - a[1]);
  table(id("path"), ["part", "time", "share of the run"],
    pathRows.map(([kind, seconds]) => [kind < 0 ? "no call: host code, or a hold that is not recorded" : data.kinds[kind].name, duration(seconds), percent(seconds, data.end)]));
  for (const [name, shade] of [...GROUPS, ["held by another persona", "var(--held)"]]) {
    const item = element("li"), box = element("i");
    box.style.background = shade;
    item.append(box, name);
    id("legend").append(item);
  }
  const heads = ["kind", "calls of moves", "asked early", "moves waited", "answers", "not used", "time of the model", "tokens in", "out"];
  table(id("kinds"), data.currency ? [...heads, "cost", "share"] : heads, data.kinds.map((kind) => {
    const row = [kind.name, number(kind.calls), percent(kind.early, kind.calls), duration(kind.waited), number(kind.asked),
      number(kind.wasted), duration(kind.seconds), number(kind.tokens_in), number(kind.tokens_out)];
    return data.currency ? [...row, money(kind.cost), percent(kind.cost, sum("cost"))] : row;
  }));

  const choose = (select, all) => {
    if (all) select.append(new Option("all", "-1"));
    data.people.forEach((name, index) => select.append(new Option(name, String(index))));
  };
  choose(id("persona"), false);
  choose(id("speaker"), true);
  const showPersona = () => {
    const chosen = Number(id("persona").value);
    const rows = data.activities.filter((row) => row[0] === chosen);
    table(id("doing"), ["game time", "does", "where"], rows.map(([, step, text, emoji]) => {
      const [what, ...where] = text.split(" @ ");
      return [gameTime(step), `${emoji} ${what}`, where.join(" @ ")];
    }), [1, 2]);
  };
  const showTalks = () => {
    const chosen = Number(id("speaker").value);
    const found = data.talks.filter((talk) => chosen < 0 || talk.persona === chosen || talk.partner === chosen);
    id("count").textContent = `${number(found.length)} conversations`;
    id("said").replaceChildren(...found.map((talk) => {
      const one = element("article"), names = [talk.persona, talk.partner].filter((each) => each !== null);
      one.append(element("h3", names.map((each) => data.people[each]).join(" and ")),
        element("p", `${gameTime(talk.step)}${talk.address ? `, ${talk.address}` : ""}`, "at"));
      for (const [speaker, words] of talk.lines) one.append(element("p", `${speaker}: ${words}`));
      return one;
    }));
  };
  id("persona").onchange = showPersona;
  id("speaker").onchange = showTalks;
  showPersona();
  showTalks();
  if (data.partings === null) {
    id("against").hidden = id("to-against").hidden = true;
  } else {
    table(id("partings"), ["persona", "first difference", "why"],
      data.partings.map(([name, step, why]) => [name, step === null ? "none" : `step ${number(step)} (${gameTime(step)})`, why]), [1, 2]);
  }
  const drawAll = () => { drawCurves(); drawTasks(); };
  window.addEventListener("resize", () => requestAnimationFrame(drawAll));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  drawAll();
  document.documentElement.dataset.drawn = "yes";
})();
