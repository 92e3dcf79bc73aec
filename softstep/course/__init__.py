"""A course: many variants of an exercise, the sheets of a class, and other systems for learning."""
