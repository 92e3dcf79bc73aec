"""How each number came about, and what a reader would get from it with a pocket calculator."""
