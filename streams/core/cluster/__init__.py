"""Fingerprint to cluster: exact counts, stable ids, no dependence on arrival order."""
