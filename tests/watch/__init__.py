"""The page of a run: what it is given, and who may open it."""
