// Draws the layers of the map onto canvases: below the people and above them.

const CANVAS = 1024;
const PLAIN = ["#7ba05b", "#8fb573", "#c9b68b", "#b79f77", "#9c8a6a", "#a8b8c0", "#87a3b3", "#c7c7b9"];

/** The pictures of the tiles: an image for each tile set, or null. */
export async function loadTiles(map, pictureUrl) {
  // Sets that no layer needs may be large, too.
  const used = new Set(Array.from(placesOf(map).values(), ([set]) => set));
  return Promise.all(
    map.sets.map((set, number) =>
      set.picture == null || !used.has(number) ? null : loadImage(pictureUrl(set.picture)),
    ),
  );
}

/**
 * Parts of one town: {below, above} lists of {canvas, x, y}.
 * @param resolution pixels of a part for each pixel of the map: half as many are painted in a quarter
 *   of the time, and are enough for a town that is seen as a whole.
 */
export function paintTown(map, images, resolution) {
  const town = { map, images, places: placesOf(map) };
  const below = map.layers.filter((layer) => !layer.above);
  const above = map.layers.filter((layer) => layer.above);
  return {
    below: painted(town, below, { isGround: true, resolution }),
    above: painted(town, above, { isGround: false, resolution }),
  };
}

/** A picture, decoded beside the page's own thread; null if it cannot be loaded. */
export async function loadImage(url) {
  try {
    const answer = await fetch(url);
    return answer.ok ? await createImageBitmap(await answer.blob()) : null;
  } catch {
    return null;
  }
}

/** For each number of a tile that some layer has: its set, and its place in the picture of the set. */
function placesOf(map) {
  const places = new Map();
  for (const layer of map.layers) {
    for (const tile of layer.data) {
      if (!tile || places.has(tile)) continue;
      const at = map.sets.findLastIndex((set) => set.first <= tile);
      const { first = 0, columns = 1 } = map.sets[at] ?? {};
      const local = tile - first;
      places.set(tile, [at, (local % columns) * map.tile, Math.floor(local / columns) * map.tile]);
    }
  }
  return places;
}

function painted(town, layers, how) {
  const { map } = town;
  const [across, down] = map.town.map((tiles) => tiles * map.tile);
  const found = [];
  for (let y = 0; y < down; y += CANVAS) {
    for (let x = 0; x < across; x += CANVAS) {
      const size = [Math.min(CANVAS, across - x), Math.min(CANVAS, down - y)];
      const canvas = paintPart(town, layers, [x, y], size, how);
      if (canvas) found.push({ canvas, x, y });
    }
  }
  return found;
}

/** One part of the map as a canvas; null if nothing is there. */
function paintPart(town, layers, [left, top], [width, height], how) {
  const { map } = town;
  const { isGround, resolution } = how;
  const canvas = document.createElement("canvas");
  canvas.width = width * resolution;
  canvas.height = height * resolution;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.scale(resolution, resolution);
  if (isGround) {
    context.fillStyle = PLAIN[0];
    context.fillRect(0, 0, width, height);
  }
  let isEmpty = !isGround;
  const { tile, town: [columns, rows] } = map;
  for (let row = Math.floor(top / tile); row * tile < top + height && row < rows; row++) {
    for (let col = Math.floor(left / tile); col * tile < left + width && col < columns; col++) {
      const place = [col * tile - left, row * tile - top];
      const at = row * columns + col;
      // Pictures cover the ground, which is seen only where the checkout has none.
      if (isGround && !layers.some((layer) => hasPicture(town, layer.data[at]))) {
        paintGround(context, map, at, place);
      }
      for (const layer of layers) {
        const number = layer.data[at];
        if (!number) continue;
        isEmpty = false;
        paintTile(context, town, number, place, isGround);
      }
    }
  }
  return isEmpty ? null : canvas;
}

function hasPicture({ images, places }, number) {
  return number !== 0 && images[places.get(number)[0]] != null;
}

/** What lies under all layers: walls dark, each sector in a colour of its own. */
function paintGround(context, map, at, [x, y]) {
  const sector = map.areas["Sector Blocks"]?.[at] ?? 0;
  const isWall = (map.areas.Collisions?.[at] ?? 0) !== 0;
  context.fillStyle = isWall ? "#5b6470" : sector ? PLAIN[1 + (sector % 7)] : PLAIN[0];
  context.fillRect(x, y, map.tile, map.tile);
}

function paintTile(context, { map, images, places }, number, [x, y], isGround) {
  const [set, left, top] = places.get(number);
  const image = images[set];
  const { tile } = map;
  if (image) {
    context.drawImage(image, left, top, tile, tile, x, y, tile, tile);
  } else if (isGround) {
    context.fillStyle = PLAIN[number % PLAIN.length];
    context.fillRect(x + 2, y + 2, tile - 4, tile - 4);
  }
}
