"""Tests of large towns."""
