"""The rules applied: step by step, in blocks of very many nodes, in training, and to check the gradient."""
