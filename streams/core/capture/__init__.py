"""Cores as they are captured: what the kernel says of a death, which programs are Go's, whether a core is whole."""
