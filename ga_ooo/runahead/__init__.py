"""Runahead: rehearsing what personas are about to ask, so that it is answered when they do."""
