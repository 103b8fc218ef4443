// Colours that colour-blind people can tell apart (most are of Okabe and Ito), and what they stand for.
// tests/watch/test_palette.py computes how people with three kinds of colour blindness see them.

export const BLUE = "#0072b2";
export const ORANGE = "#e69f00";
export const GREEN = "#009e73";
export const VERMILION = "#d55e00";
export const PURPLE = "#cc79a7";
export const SKY = "#56b4e9";
export const YELLOW = "#f0e442";
export const GREY = "#c0c0c0";

/** Colours of those who have no sprite. */
export const PEOPLE = [BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, GREY];

const GROUPS = [
  ["talking", BLUE, ["utterance", "relationship", "conversation summary", "decide to talk"]],
  ["reacting", SKY, ["decide to react", "revised schedule"]],
  ["planning", GREEN, ["daily plan", "hourly schedule", "task decomposition", "wake up hour"]],
  ["choosing a place", YELLOW, ["action sector", "action arena", "action object"]],
  ["reflecting", PURPLE, ["focal points", "insights", "memo of conversation", "planning thought"]],
];

/** Name and colour of the group that a kind of call belongs to. */
export function ofKind(kind) {
  const found = GROUPS.find(([, , kinds]) => kinds.includes(kind));
  return found ? { name: found[0], colour: found[1] } : { name: "perceiving", colour: GREY };
}

/** Colour of the time during which a persona is held, by the hazard. */
export const HOLDS = { order: VERMILION, lag: "#f0c080", commit: "#6b3200", read: "#9a6a6a" };

/** Colours of the legend of calls: name and colour. */
export const CALL_LEGEND = [...GROUPS.map(([name, colour]) => [name, colour]), ["perceiving", GREY]];
