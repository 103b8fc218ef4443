"""Carries the core's instructions out: host code in greenlets on one asyncio loop."""
