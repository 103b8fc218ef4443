"""``ga-ooo demo``: minitown in lockstep and out of order, at once and side by side."""
