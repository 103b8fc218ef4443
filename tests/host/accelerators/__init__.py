"""Tests of the accelerators: each against the functions of the host that it stands in for."""
