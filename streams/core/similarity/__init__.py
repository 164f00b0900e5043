"""How near two stacks are: the dual-mode distance, DBSCAN, and the methods that others are compared with."""
