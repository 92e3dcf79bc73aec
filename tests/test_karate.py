"""The karate club: the config is made from the published graph, and two labels are enough to learn the factions."""

from support.karate import FRIENDS, MEMBERS, MR_HI, config, embeddings
from support.running import CONFIGS

import softstep


def test_the_graph_has_zacharys_members_friendships_and_factions() -> None:
    assert sum(map(len, FRIENDS.values())) == 78
    assert {1, *FRIENDS, *(friend for friends in FRIENDS.values() for friend in friends)} == set(range(1, MEMBERS + 1))
    assert all(friend > member for member, friends in FRIENDS.items() for friend in friends)
    assert len(MR_HI) == 17


def test_the_config_equals_the_output_of_its_script() -> None:
    assert (CONFIGS / "karate_club.yaml").read_text() == config()


def test_the_embeddings_are_eigenvectors_of_the_normalised_laplacian() -> None:
    Z = embeddings()
    degree = dict.fromkeys(range(1, MEMBERS + 1), 0)
    pairs = [(member, friend) for member, friends in FRIENDS.items() for friend in friends]
    for member, friend in pairs:
        degree[member] += 1
        degree[friend] += 1
    for z in Z.T:
        image = list(z)
        for member, friend in pairs:
            weight = (degree[member] * degree[friend]) ** -0.5
            image[member - 1] -= weight * z[friend - 1]
            image[friend - 1] -= weight * z[member - 1]
        eigenvalue = sum(a * b for a, b in zip(image, z, strict=True))
        assert 0.1 < eigenvalue < 1
        assert max(abs(a - eigenvalue * b) for a, b in zip(image, z, strict=True)) < 1e-12


def test_twenty_steps_from_two_labels_predict_33_of_34_members_right() -> None:
    problem = softstep.load(CONFIGS / "karate_club.yaml")
    for _ in range(20):
        problem = problem.after()
    step = problem.forward()["predictions"]
    predicted = dict(zip(step.rows or (), step.digits(), strict=True))
    right = [(predicted[str(member)] == "Mr. Hi") == (member in MR_HI) for member in range(1, MEMBERS + 1)]
    assert sum(right) == 33


def test_random_weights_are_the_same_on_every_machine() -> None:
    weights = softstep.load(CONFIGS / "karate_club.yaml").given.values["weights"]
    assert [f"{2 * w:.8f}" for w in weights[0]] == ["1.76405235", "0.40015721", "0.97873798", "2.24089320"]
