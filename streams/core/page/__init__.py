"""The web page: what people ask of clusters, and the pages and answers that are made of what was found."""
