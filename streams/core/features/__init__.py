"""Crash to features and fault domain: what rules look at, and what they conclude."""
