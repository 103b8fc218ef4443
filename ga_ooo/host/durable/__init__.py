"""Checkpoints of a run, in memory and on disk, and the way back to them (docs/checkpoints.md)."""
