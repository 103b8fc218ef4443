"""The dependency graph of a run as GraphML, which Gephi, yEd, Cytoscape and networkx read."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

from ga_ooo.record import RecordReader
from ga_ooo.record.reader import ALL, Range
from ga_ooo.texts import shown
from ga_ooo.views.exports import new_file

if TYPE_CHECKING:
    DiGraph = nx.DiGraph[int]
else:
    DiGraph = nx.DiGraph


def hold_graph(reader: RecordReader, of: Range = ALL) -> DiGraph:
    """Who was held by whom, and for how long.

    Nodes are the numbers of personas, with ``name``. An edge from a to b means that b held a. It
    has ``holds`` (their number), ``seconds`` (of all of them), and seconds by reason
    (``lag_seconds`` ...). The graph of a whole run may have cycles; that of a moment has none.
    """
    graph = DiGraph()
    for index, name in enumerate(reader.names):
        graph.add_node(index, name=shown(name))
    for hold in reader.holds(of):
        seconds = hold.ended_at - hold.began_at
        reader.name(hold.blocker)
        if not graph.has_edge(hold.persona, hold.blocker):
            graph.add_edge(hold.persona, hold.blocker, **defaultdict(float, holds=0, seconds=0.0))
        edge = graph.edges[hold.persona, hold.blocker]
        edge["holds"] += 1
        edge["seconds"] += seconds
        reason = f"{shown(hold.hazard)}_seconds"
        edge[reason] = edge.get(reason, 0.0) + seconds
    return graph


def write_graph(reader: RecordReader, path: Path, of: Range = ALL) -> None:
    """Write the graph into a new file.

    Raises:
        UsageError: the file exists, or cannot be written.
    """
    graph = hold_graph(reader, of)
    with new_file(path) as file:
        file.write("\n".join(nx.generate_graphml(graph)) + "\n")
