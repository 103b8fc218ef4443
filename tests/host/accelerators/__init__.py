"""Tests of the accelerators: each is compared with the functions of the host that it replaces."""
