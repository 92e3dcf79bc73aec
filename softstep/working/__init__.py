"""The working of each number, and the notes under a result."""
