"""Command line: thin, imported by nobody."""
