"""Builds the paper as a PDF: ``python docs/paper/build.py [FILE]`` (default: paper.pdf)."""

import sys
from pathlib import Path

import typst

SOURCE = Path(__file__).with_name("paper.typ")

if __name__ == "__main__":
    typst.compile(SOURCE, output=sys.argv[1] if len(sys.argv) > 1 else "paper.pdf")
