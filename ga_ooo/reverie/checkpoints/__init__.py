"""Durable checkpoints of a run, and the way back to them (docs/checkpoints.md)."""
