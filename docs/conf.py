"""Builds the documentation: ``python -m sphinx -W -b html docs docs/_build``."""

from ga_ooo import __version__

project = "ga_ooo"
author = "The ga_ooo authors"
copyright = "The ga_ooo authors"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
# Links such as page.md#a-heading, as on the pages of the repository.
myst_heading_anchors = 4
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = "ga_ooo"
