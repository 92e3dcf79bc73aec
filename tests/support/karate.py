"""Make configs/karate_club.yaml: `python tests/support/karate.py > configs/karate_club.yaml`.

Source: W. W. Zachary, An information flow model for conflict and fission in small groups, Journal of Anthropological
Research 33 (1977), 452-473: 34 members, 78 friendships, and the two factions that the club split into. Giving only the
two leaders' labels follows T. Kipf and M. Welling, Semi-supervised classification with graph convolutional networks
(2017), appendix A.
"""

import numpy as np

FRIENDS = {
    1: [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32],
    2: [3, 4, 8, 14, 18, 20, 22, 31],
    3: [4, 8, 9, 10, 14, 28, 29, 33],
    4: [8, 13, 14],
    5: [7, 11],
    6: [7, 11, 17],
    7: [17],
    9: [31, 33, 34],
    10: [34],
    14: [34],
    15: [33, 34],
    16: [33, 34],
    19: [33, 34],
    20: [34],
    21: [33, 34],
    23: [33, 34],
    24: [26, 28, 30, 33, 34],
    25: [26, 28, 32],
    26: [32],
    27: [30, 34],
    28: [34],
    29: [32, 34],
    30: [33, 34],
    31: [33, 34],
    32: [33, 34],
    33: [34],
}
"""Each friendship once, from the lower number."""

MEMBERS = 34
MR_HI = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 17, 18, 20, 22}
"""The members who stayed with Mr. Hi, number 1; the others followed the officer, number 34."""

DIMENSIONS = 4


def embeddings() -> np.ndarray:
    """The first non-trivial eigenvectors of L = I − D^−½ A D^−½, a row a member; member 1's entries are positive."""
    A = np.zeros((MEMBERS, MEMBERS))
    for member, friends in FRIENDS.items():
        for friend in friends:
            A[member - 1, friend - 1] = A[friend - 1, member - 1] = 1
    degrees = A.sum(axis=1)
    _, vectors = np.linalg.eigh(np.eye(MEMBERS) - A / np.sqrt(np.outer(degrees, degrees)))
    Z = vectors[:, 1 : DIMENSIONS + 1]
    return Z * np.sign(Z[0])


def config() -> str:
    """The text of configs/karate_club.yaml."""
    rows = "".join(
        f"  {i}: [{', '.join(f'{x:.4f}' for x in row)}]\n" for i, row in enumerate(embeddings() + 0.0, start=1)
    )
    return f"""\
# A real graph: Zachary's karate club, 34 members and 78 friendships, which split into two factions. Each member's
# embedding is its row in the first {DIMENSIONS} non-trivial eigenvectors of the graph's normalised Laplacian, to
# 4 decimals. Only the two leaders have labels, as in the literature on semi-supervised learning. This file is made by
# tests/support/karate.py.
title: Zachary's karate club, two labels

embeddings:
{rows}
labels: {{1: Mr. Hi, {MEMBERS}: Officer}}
classes: [Mr. Hi, Officer]

weights: {{init: normal, scale: 0.5, seed: 0}} # random, the same on every machine
learning_rate: 1

rounding: {{decimals: 4}}
"""


if __name__ == "__main__":
    print(config(), end="")
