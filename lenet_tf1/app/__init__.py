"""The page to draw on: a server for one machine, and the page's own files."""
