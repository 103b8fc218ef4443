// Begins: reads what the run is, and puts the views together.

import { Clock } from "./clock.js";
import { HttpData } from "./data/http.js";
import { TownStore } from "./data/town_store.js";
import { write } from "./dom.js";
import { PersonPanel } from "./person/panel.js";
import { Playback } from "./playback.js";
import { RunControl } from "./run/control.js";
import { RunView } from "./run/view.js";
import { TownView } from "./town/view.js";
import { count, moment } from "./words.js";

const element = (id) => document.getElementById(id);

/** What all views share. */
class Page {
  constructor(data, run, progress) {
    this.data = data;
    this.run = run;
    this.store = new TownStore(data, run);
    this.clock = new Clock(run.first);
    this.live = progress;
    this.selection = { persona: null };
    this.views = {};
  }

  /** Show a persona in the panel; null shows the list. */
  select(persona) {
    this.selection.persona = persona;
    this.views.person.open();
    this.views.town.changed();
  }

  /** Follow a persona on the map. */
  follow(persona) {
    this.views.town.follow(persona);
  }

  /** Show an error for a while. */
  say(problem) {
    notice(problem?.message ?? String(problem));
  }
}

let hiding = 0;

function notice(text) {
  write(element("notice"), text);
  element("notice").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (element("notice").hidden = true), 8000);
}

function showView(page) {
  const wanted = location.hash === "#run" ? "run" : "town";
  for (const name of ["town", "run"]) {
    element(name).hidden = name !== wanted;
    const link = element(`to-${name}`);
    if (name === wanted) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  page.views.run.shown(wanted === "run");
  page.views.town.changed();
}

function showProgress(page) {
  const { run, live } = page;
  const last = Math.max(run.first, live.horizon - 1);
  const ahead = live.leader - live.horizon;
  const lead = live.running && ahead > 0 ? `, the leader is ${count(ahead)} steps ahead` : "";
  const state = live.running ? "running" : "not running";
  write(element("progress"), `${state}, all people have reached ${moment(run, last)}${lead}`);
}

function advance(page, progress) {
  if (!progress) return;
  page.live = progress;
  page.store.advanceTo(progress.horizon);
  page.clock.setEnd(progress.horizon - 1);
  showProgress(page);
  page.views.control.show();
  page.views.run.advanced();
}

/** What the run is; waits for a run that has not begun. */
async function whenBegun(data) {
  for (;;) {
    const [run, progress] = await Promise.all([data.get("run"), data.get("progress")]);
    if (run && progress) return [run, progress];
    write(element("progress"), "the run is being prepared");
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function animate(page) {
  let last = performance.now();
  const frame = (now) => {
    page.clock.advance(Math.min(0.25, (now - last) / 1000));
    last = now;
    page.views.town.frame();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function begin() {
  const data = new HttpData();
  const [run, progress] = await whenBegun(data);
  const page = new Page(data, run, progress);
  document.title = `${run.simulation} – ga_ooo`;
  write(element("title"), run.simulation);
  const { views, clock, store } = page;
  views.town = new TownView(element("town"), page);
  views.person = new PersonPanel(element("person"), page);
  views.run = new RunView(element("run"), page);
  views.control = new RunControl(element("control"), page);
  views.playback = new Playback(element("playback"), page);
  clock.live = progress.running;
  clock.onChange(() => {
    views.town.changed();
    views.person.changed();
  });
  store.loaded = () => {
    views.town.changed();
    views.person.changed();
  };
  store.failed = (error) => page.say(error);
  advance(page, progress);
  if (!progress.running) clock.seek(firstStirring(run, progress));
  views.person.open();
  window.addEventListener("hashchange", () => showView(page));
  showView(page);
  animate(page);
  data.follow((next) => advance(page, next), () => notice("The server of this page has ended."));
  await views.town.open();
  document.body.dataset.ready = "yes";
}

/** A step worth seeing first: noon of the first day, if the run has come so far. */
function firstStirring(run, progress) {
  const noon = run.first + Math.round(43200 / run.step_seconds);
  return noon < progress.horizon ? noon : progress.horizon - 1;
}

begin().catch((error) => {
  console.error(error);
  notice(`The page cannot be shown: ${error.message}`);
});
