"""Go source as a tree: what stands at a crash's line, who is to blame for it, and what it was called before."""
