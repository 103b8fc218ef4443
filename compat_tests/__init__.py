"""The promise, held against minitown and every real host on this machine."""
