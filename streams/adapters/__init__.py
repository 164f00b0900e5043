"""One outside thing per file; each implements one port."""
