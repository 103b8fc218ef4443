// Draws the layers of the map onto canvases: below the people and above them.

const CANVAS = 1024;
const PLAIN = ["#7ba05b", "#8fb573", "#c9b68b", "#b79f77", "#9c8a6a", "#a8b8c0", "#87a3b3", "#c7c7b9"];

/** The pictures of the tiles: an image for each tile set, or null. */
export async function loadTiles(map, pictureUrl) {
  const used = usedSets(map);
  return Promise.all(
    map.sets.map((set, number) =>
      set.picture == null || !used.has(number) ? null : loadImage(pictureUrl(set.picture)),
    ),
  );
}

/**
 * Textures of the map: {below, above} lists of {texture, x, y}.
 * @param resolution pixels of a texture for each pixel of the map: half as many are painted and sent
 *   to the graphics card in a quarter of the time, and are enough for a town that is seen as a whole.
 */
export function paintTown(PIXI, map, images, resolution) {
  const below = map.layers.filter((layer) => !layer.above);
  const above = map.layers.filter((layer) => layer.above);
  return {
    below: painted(PIXI, map, images, below, { isGround: true, resolution }),
    above: painted(PIXI, map, images, above, { isGround: false, resolution }),
  };
}

/** An image, or null if it cannot be loaded. */
export function loadImage(url) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = url;
  });
}

/** Numbers of the tile sets that some layer needs: the others may be large, too. */
function usedSets(map) {
  const used = new Set();
  const seen = new Set();
  for (const layer of map.layers) for (const tile of layer.data) seen.add(tile);
  for (const tile of seen) if (tile) used.add(setOf(map, tile));
  return used;
}

function setOf(map, tile) {
  for (let number = map.sets.length - 1; number >= 0; number--) {
    if (map.sets[number].first <= tile) return number;
  }
  return -1;
}

function painted(PIXI, map, images, layers, how) {
  const across = map.width * map.tile;
  const down = map.height * map.tile;
  const found = [];
  for (let y = 0; y < down; y += CANVAS) {
    for (let x = 0; x < across; x += CANVAS) {
      const size = [Math.min(CANVAS, across - x), Math.min(CANVAS, down - y)];
      const canvas = paintPart(map, images, layers, [x, y], size, how);
      if (canvas) found.push({ texture: PIXI.Texture.from(canvas), x, y });
    }
  }
  return found;
}

/** One part of the map as a canvas; null if nothing is there. */
function paintPart(map, images, layers, [left, top], [width, height], how) {
  const { isGround, resolution } = how;
  const canvas = document.createElement("canvas");
  canvas.width = width * resolution;
  canvas.height = height * resolution;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.scale(resolution, resolution);
  let isEmpty = !isGround;
  const { tile } = map;
  for (let row = Math.floor(top / tile); row * tile < top + height && row < map.height; row++) {
    for (let col = Math.floor(left / tile); col * tile < left + width && col < map.width; col++) {
      const place = [col * tile - left, row * tile - top];
      if (isGround) paintGround(context, map, row * map.width + col, place);
      for (const layer of layers) {
        const number = layer.data[row * map.width + col];
        if (!number) continue;
        isEmpty = false;
        paintTile(context, map, images, number, place, isGround);
      }
    }
  }
  return isEmpty ? null : canvas;
}

/** What lies under all layers: walls dark, each sector in a colour of its own. */
function paintGround(context, map, at, [x, y]) {
  const sector = map.areas["Sector Blocks"]?.[at] ?? 0;
  const isWall = (map.areas.Collisions?.[at] ?? 0) !== 0;
  context.fillStyle = isWall ? "#5b6470" : sector ? PLAIN[1 + (sector % 7)] : PLAIN[0];
  context.fillRect(x, y, map.tile, map.tile);
}

function paintTile(context, map, images, number, [x, y], isGround) {
  const at = setOf(map, number);
  const image = images[at];
  const { tile } = map;
  if (image) {
    const set = map.sets[at];
    const local = number - set.first;
    const source = [(local % set.columns) * tile, Math.floor(local / set.columns) * tile];
    context.drawImage(image, ...source, tile, tile, x, y, tile, tile);
  } else if (isGround) {
    context.fillStyle = PLAIN[number % PLAIN.length];
    context.fillRect(x + 2, y + 2, tile - 4, tile - 4);
  }
}
