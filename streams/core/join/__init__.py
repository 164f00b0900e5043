"""Crash x {git, CI, deploy}: what was given, by service. Suspects come with the root-cause issue."""
