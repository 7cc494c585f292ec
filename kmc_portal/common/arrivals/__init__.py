"""Files that somebody sends in and a worker takes in: the row that waits, the reading, and the page that follows it (ADR 0045)."""
