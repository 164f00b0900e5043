"""Crash to fingerprint: the frame to group by, its normalised name, the class of failure."""
