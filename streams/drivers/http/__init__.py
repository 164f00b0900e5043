"""The HTTP listener that `serve` and `gateway` share: routes are added to it, drivers stand behind it."""
