"""Durable record of calls and commits."""
