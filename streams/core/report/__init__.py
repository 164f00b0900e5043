"""Reports as values, and how they are written: text, HTML, Markdown. Pure: no I/O."""
