"""The page of the textbook: quantities, formulae and rules; no file is read here, nothing is printed."""
