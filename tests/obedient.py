"""A reader who does to a config just what a complaint says, so that its cure can be tried.

`obey(text, complaint)` gives the text with the cure applied at the place that the complaint names, or None where the
cure leaves it to the reader what to write. Nothing here knows YAML: it goes by places, brackets and lines.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

COMPLAINT = re.compile(
    r"[^:]+:(?P<line>\d+):(?P<column>\d+): (?P<where>.*?): (?P<there>.*?)(; expected (?P<must>.*))?$"
)
ESCAPE = re.compile(r"\\(e|x..|u....|.)")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
CLOSING = {"[": "]", "{": "}", '"': '"', "'": "'"}


class Ill(NamedTuple):
    """A text, the place in it of what is complained of, and the complaint's words."""

    text: str
    at: int
    there: str
    must: str

    @property
    def rest(self) -> str:
        """The text from there on."""
        return self.text[self.at :]

    @property
    def line(self) -> tuple[int, int]:
        """Where the line begins and ends."""
        return self.text.rfind("\n", 0, self.at) + 1, self.at + len(self.rest.split("\n")[0])

    @property
    def in_brackets(self) -> bool:
        """Whether a bracket is open there."""
        before = self.text[: self.at]
        return before.count("[") + before.count("{") > before.count("]") + before.count("}")

    @property
    def end(self) -> int:
        """Where what is complained of ends: the text that the complaint quotes, else the value there."""
        quoted = re.search("'(.+)'", self.there)
        if quoted:
            words = r"\s+".join(map(re.escape, quoted[1].split(" ")))
            found = re.compile(rf'"{words}"|\'{words}\'|{words}').match(self.text, self.at)
            if found:
                return found.end()
        if self.there == "nothing" and self.rest[:1] in (",", ";", "\t"):
            return self.at
        return self.end_of_value(self.at)

    def end_of_value(self, at: int) -> int:
        """Where the value that begins there ends."""
        rest = self.text[at:]
        if rest[:1] in ("|", ">"):
            block = re.match(r".*\n(([ \t]+.*)?\n)*", rest)
            return at + (block.end() - 1 if block else len(rest))
        if rest[:1] in CLOSING:
            return at + len(bracketed(rest))
        plain = re.match(r"[^,\]}\n:]*" if self.in_brackets or rest[:1] in ("~", "") else r".*?(?=\s+#|\n|$)", rest)
        return at + (len(plain[0].rstrip()) if plain else 0)

    def put(self, instead: str, end: int | None = None) -> str:
        """The text with something else there."""
        end = self.end if end is None else end
        space = " " if end == self.at and self.text[self.at - 1 : self.at] == ":" else ""
        return self.text[: self.at] + space + instead + self.text[end:]

    def moved(self, at: int) -> "Ill":
        """The same at another place."""
        return self._replace(at=at)


def bracketed(text: str) -> str:
    """As much of the text as the bracket or quotation mark at its beginning encloses."""
    closing = CLOSING[text[0]]
    depth = 0
    for i, sign in enumerate(text):
        depth += (sign == text[0] and (i == 0 or sign != closing)) - (sign == closing and i > 0)
        if depth == 0:
            return text[: i + 1]
    return text.split("\n")[0]


def example(must: str, there: str) -> str:
    """Something that is what it must be."""
    first = re.match(r"a whole number from (\d+)", must)
    for begins, text in (
        ("a decimal number", "0.5"),
        ("a finite number", "0.5"),
        ("a list of numbers", "[0.1, 0.2]"),
        ("a name", "0"),
        ("a line of text", "text"),
        ("true or false", "true"),
        ("no larger", "0.5"),
        ("the name of a file", "data/nodes.csv"),
        ("a mapping", "{}"),
    ):
        if must.startswith(begins):
            return text
    return first[1] if first else re.split(", | or ", must)[0]


def inside(ill: Ill) -> str:
    """The first word between brackets, if it is what it must be."""
    word = re.search(r"[^\[\]{},:\s]+", ill.text[ill.at : ill.end])
    fits = word and (NUMBER.fullmatch(word[0]) or ill.must != "a decimal number")
    return word[0] if word and fits else example(ill.must, ill.there)


def deleted(ill: Ill) -> str:
    """The entry of a mapping or a list, or the line, is deleted."""
    start, end = ill.line
    if not ill.in_brackets:
        indent = re.match(r" *", ill.text[start:])
        below = re.compile(rf"( {{{indent.end() if indent else 0}}} +.*)?(\n|$)|(?=\n)")
        end += 1
        while end < len(ill.text) and ill.text[end : end + 1] in " \n" and (line := below.match(ill.text, end)):
            end = line.end()
        return ill.text[:start] + ill.text[end:]
    last = ill.end_of_value(ill.at)
    if ill.text[last : last + 1] == ":":
        last = ill.end_of_value(last + 1 + (ill.text[last + 1] == " "))
    before = ill.text[: ill.at].rstrip()
    if before.endswith(","):
        return before[:-1] + ill.text[last:]
    return ill.text[: ill.at] + re.sub(r"\A,\s*", "", ill.text[last:])


def fewer(ill: Ill, count: int) -> str:
    """So many entries less at the end of the list, mapping or row of cells."""
    start, end = entries(ill)
    return ill.text[:start] + ",".join(ill.text[start:end].split(",")[:-count]) + ill.text[end:]


def more(ill: Ill, count: int) -> str:
    """So many entries more at the end of the list, mapping or row of cells."""
    _, end = entries(ill)
    names = re.match(r"(\d+) of them", ill.there)
    new = [f"{'new' if names else ''}{i}" for i in range(count)]
    return ill.text[:end].rstrip(", ") + "".join(f", {each}" for each in new) + ill.text[end:]


def entries(ill: Ill) -> tuple[int, int]:
    """Where the entries of what is complained of begin and end: between brackets, else the cells of the line."""
    _, end = ill.line
    opening = re.compile(r"[^\[{,\n]*?[\[{]").match(ill.text, ill.at)
    if not opening:
        return ill.at, end
    return opening.end(), opening.end() - 1 + len(bracketed(ill.text[opening.end() - 1 :])) - 1


def without_character(ill: Ill) -> str:
    """The character that is named, or an escape that stands for it, is deleted; without a name what is there."""
    named = re.search(r"U\+([0-9A-F]+)", ill.there)
    if named is None:
        return ill.put("", ill.line[1] if ill.there.startswith("text behind") else ill.at + 1)
    if re.match(r"[|>]", ill.rest):
        return ill.put(" ".join(line.strip() for line in ill.text[ill.at + 1 : ill.end].split("\n")))
    literal, escape = ill.text.find(chr(int(named[1], 16)), ill.at), ESCAPE.search(ill.text, ill.at)
    if literal >= 0 or escape is None:
        return ill.text[:literal] + ill.text[literal + 1 :]
    return ill.text[: escape.start()] + ill.text[escape.end() :]


def sign_before(ill: Ill, sign: str) -> str:
    """The sign there, or the nearest before, is deleted."""
    at = ill.text.rindex(sign, 0, ill.at + 1)
    return ill.text[:at] + ill.text[at + 1 :]


def without_alias(ill: Ill) -> str:
    """The value that its anchor stands at is written out for an alias."""
    alias = re.match(r"\*(\S+?)(?=[\s,\]}]|$)", ill.rest)
    anchor = alias and re.search(rf"&{alias[1]} ", ill.text)
    value = ill.text[anchor.end() : ill.end_of_value(anchor.end())] if anchor else "0"
    return ill.put("0" if "*" in value else value, ill.at + (alias.end() if alias else 1))


def in_quotes(ill: Ill) -> str:
    """Quotation marks around the value; or a colon for an equals sign."""
    start, end = ill.line
    line = ill.text[start:end]
    if " = " in line.split(":")[0]:
        return ill.text[:start] + line.replace(" =", ":", 1) + ill.text[end:]
    key = re.match(r"[^:]*: ", line)
    begin = start + (key.end() if key else 0)
    return f"{ill.text[:begin]}'{ill.text[begin:end]}'{ill.text[end:]}"


def colon(ill: Ill) -> str:
    """A colon, with a space behind it, behind the key."""
    _, end = ill.line
    line = ill.text[ill.at : end]
    changed = line.replace(":", ": ", 1) if ":" in line else re.sub(r"\A(\S+) ?", r"\1: ", line)
    return ill.text[: ill.at] + changed + ill.text[end:]


def closed(ill: Ill) -> str:
    """What is open there is closed at the end of its line."""
    _, end = ill.line
    line = ill.text[ill.at : end]
    before, comment, after = line.partition(" #")
    opened = [sign for sign in before if sign in "[{"] if line[0] in "[{" else [line[0]]
    closing = [
        CLOSING[sign] for sign in reversed(opened[: len(opened) - before.count("]") - before.count("}")] or line[0])
    ]
    return ill.text[: ill.at] + before + "".join(closing) + comment + after + ill.text[end:]


def indented(ill: Ill) -> str:
    """The line begins where the line above it does."""
    start, _ = ill.line
    above = ill.text[: start - 1].rsplit("\n", 1)[-1]
    return ill.text[:start] + re.split(r"\S", above)[0] + ill.text[start:].lstrip(" ")


def less_deep(ill: Ill) -> str:
    """The innermost brackets around what is there are deleted, or its dash."""
    if ill.rest.startswith("-"):
        return ill.put(ill.rest[2:].lstrip(), len(ill.text))
    opening = max(ill.text.rfind(sign, 0, ill.at + 1) for sign in "[{")
    if opening < 0:
        return less_deep(ill.moved(ill.text.rindex("-", 0, ill.at)))
    brackets = bracketed(ill.text[opening:])
    return ill.moved(opening).put(brackets[1:-1], opening + len(brackets))


def row_more(ill: Ill) -> str:
    """A row where there is none."""
    if ill.rest.startswith("|"):
        header = ill.text[ill.at : ill.end].count(",")
        return ill.put(ill.text[ill.at : ill.end].rstrip() + "\n  1" + ",0.5" * max(1, header))
    return ill.put("{1: [0.1, 0.2]}")


def one_document(ill: Ill) -> str:
    """All from the line of '---' to the next such line is deleted."""
    return ill.text[: ill.at] + re.sub(r"\A---\n(?s:.*?)(?=^---|\Z)", "", ill.rest, flags=re.MULTILINE)


def cells_apart(ill: Ill) -> str:
    """Commas for the spaces of the line."""
    _, end = ill.line
    return ill.text[: ill.at] + re.sub(r"[ ;\t]+", ",", ill.text[ill.at : end]) + ill.text[end:]


def as_first_line(ill: Ill) -> str:
    """What the first line has between its cells."""
    _, end = ill.line
    sign = next(sign for sign in ";\t," if sign in ill.text[: ill.at])
    return ill.text[: ill.at] + re.sub(r" *[,;\t ] *", sign, ill.text[ill.at : end]) + ill.text[end:]


def around_cell(ill: Ill) -> str:
    """Quotation marks around a cell, and none inside."""
    cell = re.match(r"[^,\n]*", ill.rest)
    assert cell
    return ill.put('"' + cell[0].replace('"', "") + '"', ill.at + cell.end())


def of_two(ill: Ill, key: str) -> str:
    """A key of the config is deleted."""
    line = re.search(rf"^{key}\b", ill.text, re.MULTILINE)
    return deleted(ill.moved(line.start())) if line else ill.text


def entry_around(ill: Ill) -> str:
    """The entry whose value is complained of is deleted."""
    start, _ = ill.line
    key = max(ill.text.rfind(sign, start, ill.at) for sign in "{,") + 1 if ill.in_brackets else start
    return deleted(ill.moved(key + len(re.split(r"\S", ill.text[key:])[0])))


CURES: dict[str, Callable[..., str]] = {
    r"write (?:one of these|one of them|one of \d+ to \d+|one|a number|a smaller number|a number such as .*)":
        lambda ill: ill.put(example(ill.must, ill.there)),
    r"write one value without brackets": lambda ill: ill.put(inside(ill)),
    r"write (.*), with a space after the colon": lambda ill, text: ill.put(text),
    r"write '(.)'": lambda ill, text: ill.put(text, ill.at + 1),
    r"write ':' for '='": lambda ill: ill.text.replace(" =", ":"),
    r"write spaces for it": lambda ill: ill.text[: ill.at] + re.sub(r"\A\t+", "  ", ill.rest),
    r"write a decimal point for the comma before it":
        lambda ill: re.sub(r",\s*\Z", ".", ill.text[: ill.at]) + ill.rest,
    r"write a colon, a space and a value": lambda ill: ill.put(ill.text[ill.at : ill.end] + ": 0"),
    r"write a name": lambda ill: ill.put("named"),
    r"write it without spaces around it": lambda ill: ill.put(ill.text[ill.at : ill.end].replace(" ", "")),
    r"write (\S+) or \S+, whichever is meant": lambda ill, text: ill.put(text),
    r"write (\S+), or \S+ for a name": lambda ill, text: ill.put(text),
    r"write (.*), with brackets for \( and \)": lambda ill, text: ill.put(text),
    r"add init: normal": lambda ill: ill.put("{init: normal, ", ill.at + 1),
    r"add an empty cell for no label": lambda ill: ill.moved(ill.line[1]).put(",", ill.line[1]),
    r"write node,class.*": lambda ill: ill.text[: ill.at] + re.sub(r"\A([^,\n]*).*", r"\1,0", ill.rest),
    r"write the key before it": lambda ill: ill.put("title", ill.at),
    r"write it, or delete the comma": without_character,
    r"write the value out again": without_alias,
    r"write \\\\ for it, .*": lambda ill: ill.put("\\\\", ill.at + 1),
    r"write \{node: class\}": lambda ill: ill.put("{1: 0}"),
    r"write (\{.*?\}|\[.*?\]) or .*": lambda ill, text: ill.put(text),
    r"write \{(.*): …\}": lambda ill, key: ill.put(f"{{{key}: {'true' if key == 'every_step' else 1}}}"),
    r"write (?!embeddings: …|one of the two)(.+)|did you mean (.*)\?":
        lambda ill, *texts: ill.put(next(filter(None, texts))),
    r"delete (?:the entry|one of the two|the label, or add the node|the line)": deleted,
    r"delete (?:key|column)": entry_around,
    r"delete (embeddings|logits|weights|biases|features) or (?:logits|probabilities)": of_two,
    r"delete (\d+).*": lambda ill, count: fewer(ill, int(count)),
    r"add (\d+)(?:, _ for what is not answered)?": lambda ill, count: more(ill, int(count)),
    r"delete it|delete the character": without_character,
    r"delete the tag|delete the anchor": lambda ill: ill.text[: ill.at] + re.sub(r"\A[!&]\S* *", "", ill.rest),
    r"delete the ([*&])": lambda ill, sign: sign_before(ill, sign),
    r"delete the spaces before the key": lambda ill: ill.text[: ill.at] + ill.rest.lstrip(" "),
    r"delete the brackets": lambda ill: ill.text[: ill.at] + re.sub(r"[\[\]]", "", ill.rest, count=2),
    r"delete the space": lambda ill: ill.put("-", ill.at + 2),
    r"delete brackets or dashes": less_deep,
    r"write / for \\": lambda ill: ill.put(ill.text[ill.at : ill.end].replace("\\", "/")),
    r"write a key and a colon for it": lambda ill: ill.put("named:", ill.at + 1),
    r"delete the '---' between them and one of them": one_document,
    r"label a node, or delete the key": lambda ill: of_two(ill, "labels"),
    r"add one": row_more,
    r"add classes: \[name, …\]": lambda ill: f"{ill.text}classes: [a, b]\n",
    r".*add (classes: .*\]) to the config": lambda ill, line: f"{ill.text}{line}\n",
    r"put \] or \} behind its entries|put one behind the text": closed,
    r"put one at its beginning and one at its end": around_cell,
    r"put quotes around the text.*": in_quotes,
    r"put a space after the colon|put a colon and a space behind the key": colon,
    r"put a comma, or \] or \}, before this": lambda ill: ill.put(",", ill.at),
    r"put commas between the cells": cells_apart,
    r"separate the cells as in the first line": as_first_line,
    r"begin a new line before it": lambda ill: ill.put("\n  ", ill.at),
    r"indent it so": indented,
    r"name the entry": lambda ill: ill.put("named"),
    r"shorten it": lambda ill: re.sub(r"\w+", "shorter", ill.rest, count=1).join([ill.text[: ill.at], ""]),
    r"rename it|rename one of the two": lambda ill: ill.put("renamed"),
}  # fmt: skip
"""How each cure is applied; one that is not here leaves it to the reader what to write."""


def obey_all(text: str, complaints: Iterable[str]) -> str:
    """The text with all cures applied, the last place first. Raises LookupError where one leaves it to the reader."""
    for complaint in sorted(complaints, key=place, reverse=True):
        better = obey(text, complaint)
        if better is None:
            raise LookupError(f"nobody can tell what to do: {complaint}")
        text = better
    return text


def place(complaint: str) -> tuple[int, ...]:
    """The line and the column that a complaint names."""
    found = re.search(r":(\d+):(\d+): ", complaint)
    assert found, complaint
    return tuple(map(int, found.groups()))


def obey(text: str, complaint: str) -> str | None:
    """The text with the complaint's cure applied; None where it leaves it to the reader what to write."""
    said, _, cure = complaint.rpartition("; ")
    if "; to count" in complaint:
        said, _, cure = complaint.partition("; ")
    found = COMPLAINT.match(said)
    if found is None:
        return None
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", text)
    at = sum(map(len, lines[: int(found["line"]) - 1])) + int(found["column"]) - 1
    ill = Ill(text, at, found["there"], found["must"] or "")
    for pattern, applied in CURES.items():
        if named := re.fullmatch(pattern, cure):
            return applied(ill, *named.groups())
    return None
