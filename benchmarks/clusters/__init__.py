"""Hard labelled crash histories of a Go service: compiled, executed, and scored."""
