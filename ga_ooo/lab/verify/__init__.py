"""Proof of exactness: the host's own loop and the engine, byte by byte."""
