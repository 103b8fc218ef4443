// Lines between people: who is in sight of whom, and who holds whom.

import { SKY, VERMILION } from "../palette.js";

const MOST_PEOPLE = 60;

/** Whether two tiles lie in one arena: there people can see each other. */
function sameArena(map, one, other) {
  const at = (tile) => tile[1] * map.width + tile[0];
  return ["Sector Blocks", "Arena Blocks"].every(
    (name) => !map.areas[name] || map.areas[name][at(one)] === map.areas[name][at(other)],
  );
}

/** Pairs of personas that are in sight of each other; in a large town those of one persona. */
export function inSight(map, radius, tiles, selected) {
  const pairs = [];
  const all = tiles.length <= MOST_PEOPLE;
  const ones = all ? tiles.keys() : selected == null ? [] : [selected];
  for (const one of ones) {
    for (let other = all ? one + 1 : 0; other < tiles.length; other++) {
      const [a, b] = [tiles[one], tiles[other]];
      if (one === other) continue;
      const near =
        a && b && Math.abs(a[0] - b[0]) <= radius && Math.abs(a[1] - b[1]) <= radius;
      if (near && sameArena(map, a, b)) pairs.push([one, other]);
    }
  }
  return pairs;
}

/** Draw lines in sight, and arrows from those who hold to those who are held. */
export function drawLinks(graphics, places, pairs, holds, scale) {
  graphics.clear();
  const width = 1.5 / scale;
  for (const [one, other] of pairs) {
    if (!places[one] || !places[other]) continue;
    graphics.moveTo(...places[one]).lineTo(...places[other]);
  }
  if (pairs.length) graphics.stroke({ width, color: SKY, alpha: 0.7 });
  for (const [held, blocker] of holds) {
    if (places[held] && places[blocker]) arrow(graphics, places[blocker], places[held], scale);
  }
  if (holds.length) graphics.stroke({ width: width * 1.6, color: VERMILION, alpha: 0.9 });
}

function arrow(graphics, from, to, scale) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const head = 9 / scale;
  graphics.moveTo(...from).lineTo(...to);
  for (const side of [angle + 2.6, angle - 2.6]) {
    graphics.moveTo(...to).lineTo(to[0] + Math.cos(side) * head, to[1] + Math.sin(side) * head);
  }
}
