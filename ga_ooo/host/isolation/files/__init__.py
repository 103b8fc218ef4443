"""Files as one move sees them: an overlay in memory, `open`, and the functions of `os`."""
