"""``ga-ooo bench``: one scenario live in several ways, how long each takes, and whether all leave
the same bytes."""
