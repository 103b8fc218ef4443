// Numbers and times in words.

/** Game time at the begin of a step, as a Date in UTC: game times have no time zone. */
export function gameTime(run, step) {
  const begin = Date.parse(`${run.start_time}Z`);
  return new Date(begin + (step - run.first) * run.step_seconds * 1000);
}

/** Such as "Mon 13 Feb 12:00:10". */
export function moment(run, step) {
  const text = gameTime(run, step).toUTCString();
  const [day, date, month, , clock] = text.split(" ");
  return `${day.slice(0, 3)} ${Number(date)} ${month} ${clock}`;
}

/** Such as "12:00". */
export function hour(run, step) {
  return gameTime(run, step).toISOString().slice(11, 16);
}

/** The step that begins at a time of day such as "13:30", at or after another step. */
export function stepAt(run, clock, from) {
  const [hours, minutes] = clock.split(":").map(Number);
  const time = gameTime(run, from);
  const wanted = Date.UTC(
    time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate(), hours, minutes,
  );
  const ahead = wanted < time.getTime() ? wanted + 86400000 : wanted;
  return from + Math.ceil((ahead - time.getTime()) / (run.step_seconds * 1000));
}

/** Seconds in words. */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** A number with separators. */
export function count(number) {
  return Number(number ?? 0).toLocaleString("en");
}

/** The words of an activity without its address. */
export function doing(description) {
  return String(description).split(" @ ")[0];
}

/** The address of an activity, without the name of the world. */
export function place(description) {
  const address = String(description).split(" @ ")[1] ?? "";
  return address.split(":").slice(1).join(", ");
}

const REASONS = {
  lag: "to be no longer so far behind that they could meet",
  order: "to take this step first, as in the host's loop",
  commit: "to commit this step first",
  pin: "to let go of it",
  read: "to reach the step that it reads",
  window: "the commit horizon to advance",
};

/** Why one persona waits for another one, in words that follow "waits for NAME". */
export function reason(hazard) {
  return REASONS[hazard] ?? hazard;
}
