"""Traces of runs, and what they would have taken under other rules and on other servers."""
