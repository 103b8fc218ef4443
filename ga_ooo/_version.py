"""The version of this package: that of the tag from which it was built."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ga-ooo")
except PackageNotFoundError:
    # The folder of the package was copied, and not installed.
    __version__ = "0.dev0"
