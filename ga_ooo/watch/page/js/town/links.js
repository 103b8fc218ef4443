// Lines between people: who is in sight of whom, and who holds whom.

import { SKY, VERMILION } from "../palette.js";

const MOST_PEOPLE = 60;

/** Whether two tiles lie in one arena: there people can see each other. */
function sameArena(map, one, other) {
  const [first, second] = [placeInTown(map, one), placeInTown(map, other)];
  return ["Sector Blocks", "Arena Blocks"].every(
    (name) => !map.areas[name] || map.areas[name][first] === map.areas[name][second],
  );
}

/** The place of a tile in the areas of its town; undefined between towns. */
function placeInTown(map, [x, y]) {
  const [columns, rows] = map.town;
  const corner = map.corners.find(
    ([left, top]) => x >= left && x < left + columns && y >= top && y < top + rows,
  );
  return corner && (y - corner[1]) * columns + (x - corner[0]);
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

/**
 * Draw lines in sight, and arrows from those who hold to those who are held.
 * @param at the point of the frame for each persona; null if it is not seen.
 * @param ratio pixels of the frame for one of CSS.
 */
export function drawLinks(context, at, pairs, holds, ratio) {
  context.lineCap = "round";
  const lines = (colour, width, alpha, draw) => {
    context.beginPath();
    draw();
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
    context.globalAlpha = 1;
  };
  if (pairs.length) {
    lines(SKY, 1.5, 0.7, () => {
      for (const [one, other] of pairs) {
        if (!at[one] || !at[other]) continue;
        context.moveTo(...at[one]);
        context.lineTo(...at[other]);
      }
    });
  }
  if (holds.length) {
    lines(VERMILION, 2.4, 0.9, () => {
      for (const [held, blocker] of holds) {
        if (at[held] && at[blocker]) arrow(context, at[blocker], at[held], 9 * ratio);
      }
    });
  }
}

function arrow(context, from, to, head) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.moveTo(...from);
  context.lineTo(...to);
  for (const side of [angle + 2.6, angle - 2.6]) {
    context.moveTo(...to);
    context.lineTo(to[0] + Math.cos(side) * head, to[1] + Math.sin(side) * head);
  }
}
