"""Tests of ``ga_ooo.cluster``."""
