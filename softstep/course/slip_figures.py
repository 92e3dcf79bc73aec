"""What each slip prints at the steps that are asked for, and which of them cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Given, printed_decimals
from softstep.course.exercise import Exercise
from softstep.lesson.maths import Array
from softstep.lesson.rounding import round_floats
from softstep.lesson.rules import Rule
from softstep.mark.hypothesis import Chain
from softstep.mark.ways import ROUND_FUNCTIONS, UNROUNDED
from softstep.mark.wrong_rules import WrongRule

Kind = tuple[str, str]
"""The tag of a slip, and the step that it is made in: slips with both in common are variants of one."""


@dataclass(frozen=True)
class Alike:
    """The kinds of slips that print a step as it is right, and pairs of kinds that print it alike."""

    as_right: frozenset[Kind] = frozenset()
    pairs: frozenset[tuple[Kind, Kind]] = frozenset()

    def __sub__(self, other: "Alike") -> "Alike":
        return Alike(self.as_right - other.as_right, self.pairs - other.pairs)

    def __or__(self, other: "Alike") -> "Alike":
        return Alike(self.as_right | other.as_right, self.pairs | other.pairs)

    def __and__(self, other: "Alike") -> "Alike":
        return Alike(self.as_right & other.as_right, self.pairs & other.pairs)

    def __len__(self) -> int:
        return len(self.as_right) + len(self.pairs)

    @property
    def reason(self) -> str | None:
        """Why slips cannot be told apart, by one of them; None if nothing is alike."""
        for kind in sorted(self.as_right):
            return f"the slip {name_of(kind)} does not show"
        for one, other in sorted(self.pairs):
            return f"the slips {name_of(one)} and {name_of(other)} look alike"
        return None


def name_of(kind: Kind) -> str:
    """A kind of slip in a sentence.

    >>> name_of(("log10", "node_losses"))
    'log10 (node_losses)'
    """
    tag, where = kind
    return f"{tag} ({where})"


class Track(NamedTuple):
    """A slip, the rules that it changes up to the first step that shows it, the last of them."""

    slip: WrongRule
    path: tuple[Rule, ...]

    @property
    def kind(self) -> Kind:
        """The kind of the slip."""
        return self.slip.tag, self.slip.where


class SlipFigures:
    """The figures under each slip in a rule that a student can make in an exercise.

    A slip shows at the first step that depends on it, is asked for, and holds numbers; one in the predictions there.
    """

    def __init__(self, exercise: Exercise) -> None:
        marker, self.rounding = exercise.marker, exercise.problem.rounding
        self.all_rules, self.rules, self.ask = marker.rules, exercise.path, exercise.ask
        known = {*exercise.problem.given.values, *(rule.key for rule in self.all_rules)}
        unasked = {rule.key for rule in self.rules} - {*self.ask}
        slips = [slip for slip in marker.slips if slip.inputs <= known and slip.unless not in unasked]
        slips = [slip for slip in slips if not slip.is_vague]  # such a slip is not named where another one fits
        self.tracks = [track for slip in slips if (track := self._track_of(slip))]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of slips that can show."""
        return frozenset(track.kind for track in self.tracks)

    def _track_of(self, slip: WrongRule) -> Track | None:
        """The way of a slip to where it shows; None if it does not show on the sheet."""
        changed = set(slip.targets)
        if not changed <= {rule.key for rule in self.rules}:
            return None
        path: list[Rule] = []
        for rule in self.rules:
            if rule.key in changed or not changed.isdisjoint(rule.inputs):
                changed.add(rule.key)
                path.append(rule)
                if rule.key in self.ask and (rule.holds is None or rule.key == slip.where):
                    return Track(slip, tuple(path))
        return None

    def alike(self, given: Given) -> Alike:
        """The kinds of slips that cannot be told from what is right, or from each other, with these numbers."""
        as_right, pairs = set[Kind](), set[tuple[Kind, Kind]]()
        with np.errstate(all="ignore"):
            chain = self._chain(given)
            for key in self.ask:
                tracks = [track for track in self.tracks if track.path[-1].key == key]
                if tracks:
                    hidden, same = _compare(tracks, self._figures(key, tracks, chain))
                    as_right |= hidden
                    pairs |= same
        return Alike(frozenset(as_right), frozenset(pairs))

    def _chain(self, given: Given) -> Chain:
        """The right values, rounded at each step by hand."""
        chain = Chain(UNROUNDED, given.values, given.labelled, self.rounding)
        for rule in self.all_rules:
            chain.values[rule.key] = self._value(rule, rule, chain, chain.values)
        return chain

    def _value(self, used: Rule, right: Rule, chain: Chain, values: Mapping[str, Array]) -> Array:
        """The value of a rule, which may be a wrong one; by hand it is rounded."""
        value = chain.value_of(used, values)
        if not self.rounding.every_step or right.holds is not None:
            return value
        return ROUND_FUNCTIONS[self.rounding.ties](value, printed_decimals(right, self.rounding))

    def _figures(self, key: str, tracks: Sequence[Track], chain: Chain) -> Array:
        """The printed figures of a step, first the right ones, then those under each slip; a row for each."""
        right = chain.values[key]
        rows = np.stack([right.ravel(), *(self._value_under(track, chain).ravel() for track in tracks)]).astype(float)
        rule = next(rule for rule in self.rules if rule.key == key)
        finite = np.where(np.isfinite(rows), rows, 0)
        rounded = round_floats(finite, printed_decimals(rule, self.rounding), self.rounding.ties)
        return np.asarray(np.where(np.isfinite(rows), rounded, rows))

    def _value_under(self, track: Track, chain: Chain) -> Array:
        """The value of the last step under a slip; nan if it gives a table of another shape."""
        values, wrong = dict(chain.values), dict[str, Rule]()
        track.slip.put_into(values, wrong)
        for rule in track.path:
            value = self._value(wrong.get(rule.key, rule), rule, chain, values)
            if value.shape != chain.values[rule.key].shape:
                return np.full(chain.values[track.path[-1].key].shape, np.nan)
            values[rule.key] = value
        return values[track.path[-1].key]


def _compare(tracks: Sequence[Track], figures: Array) -> tuple[set[Kind], set[tuple[Kind, Kind]]]:
    """The kinds of slips whose figures are all right, and the pairs of kinds of which two have the same figures.

    A slip without a figure cannot be made.
    """
    rows = np.where(np.isnan(figures), np.inf, figures)
    equal: Array = np.asarray((rows[:, None] == rows[None]).all(axis=2))
    is_made = np.asarray(np.isfinite(figures).any(axis=1))[1:]
    is_right, equal = equal[0, 1:], equal[1:, 1:] & is_made[:, None] & is_made
    shown = {tracks[i].kind for i in np.flatnonzero(is_made & ~is_right).tolist()}
    pairs = set[tuple[Kind, Kind]]()
    for i, j in np.argwhere(np.triu(equal, 1)).tolist():
        one, other = sorted((tracks[i].kind, tracks[j].kind))
        if one[0] != other[0]:  # one tag is one mistake, wherever it is made
            pairs.add((one, other))
    return {tracks[i].kind for i in np.flatnonzero(is_made).tolist()} - shown, pairs
