"""Traces and their replay."""
