"""The page of the textbook: quantities, formulas and rules; it reads no files and prints nothing."""
