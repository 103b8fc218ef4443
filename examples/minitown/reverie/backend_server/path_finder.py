"""Shortest paths on the tile map."""

MAX_WAVES = 151


def path_finder(maze, start, end, collision_block_char, verbose=False):
    """Tiles (x, y) of a shortest 4-neighbour path, both ends included.

    Blocked tiles are never entered, though a walk may start on one. A target that is blocked,
    unreachable or too far gives the path [end]: whoever follows it stays put.
    """
    start, end = tuple(start), tuple(end)
    height, width = len(maze), len(maze[0])
    waves = {start: 0}
    frontier = [start]
    while frontier and end not in waves and waves[frontier[0]] < MAX_WAVES:
        reached = []
        for x, y in frontier:
            for tile in ((x, y - 1), (x - 1, y), (x, y + 1), (x + 1, y)):
                if (tile not in waves and 0 <= tile[0] < width and 0 <= tile[1] < height
                        and maze[tile[1]][tile[0]] != collision_block_char):
                    waves[tile] = waves[x, y] + 1
                    reached.append(tile)
        frontier = reached

    path = [end]
    for wave in range(waves.get(end, 0) - 1, -1, -1):
        x, y = path[-1]
        # Walking back, ties go to the tile above, then left, below, right.
        path.append(next(tile for tile in ((x, y - 1), (x - 1, y), (x, y + 1), (x + 1, y))
                         if waves.get(tile) == wave))
    path.reverse()
    return path
