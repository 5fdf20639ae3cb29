"""Models of the course. What the lectures teach is written out; the rest are thin modules."""
