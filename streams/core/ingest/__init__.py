"""Bodies that log shippers and programs post: crashes, lines, pushes of lines; pure, drivers keep what comes out."""
