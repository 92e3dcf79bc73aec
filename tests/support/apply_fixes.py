"""A reader who does to the files just what a complaint says: the fix is the text behind its last `; `.

`outcomes(files, complain)` follows the complaints about some files, from the last to the first, and again while
something else comes to light; where a fix says "A or B", once in each way. Nothing here knows YAML: it goes by places,
brackets and lines. A new wording of a fix is one line more in one of the three tables at the end.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

COMPLAINT = re.compile(
    r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<where>.*?): "
    r"(?P<there>.*?)(; expected (?P<must>.*))?$"
)
MOST_ROUNDS = 12
"""So often the complaints are followed, for what comes to light when others are gone."""
ESCAPE = re.compile(r"\\(e|x..|u....|.)")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
CLOSING = {"[": "]", "{": "}", '"': '"', "'": "'"}


class Ill(NamedTuple):
    """A text, the place in it of what is complained of, and the complaint's words."""

    text: str
    at: int
    where: str
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
            shown, cut, _ = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), quoted[1]).partition("…")
            words = r"\s+".join(map(re.escape, re.split(r"[ \n]+", shown))) + (r"[^,;\t\]}:\n]*" if cut else "")
            found = re.compile(rf'"{words}"|\'{words}\'|{words}').match(self.text, self.at)
            if found:
                return found.end()
        if self.there.startswith(("nothing", "no row", "no column")) and self.rest[:1] in (",", ";", "\t"):
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


def example(ill: Ill) -> str:
    """Something that is what it must be; of several words one that is no key in the text, or at least in the line."""
    must, (start, end) = ill.must, ill.line
    first = re.match(r"(?:a whole number )?from (\d+)", must)
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
    words = re.split(", | or ", must.removeprefix("one of "))
    free = [
        word
        for text in (ill.text, ill.text[start:end])
        for word in words
        if not re.search(rf"(^|[\s{{,]){re.escape(word)} *:", text)
    ]
    return first[1] if first else [*free, *words][0]


class Chosen(str):
    """A text in which a reader had to choose what to write."""


def inside(ill: Ill) -> str:
    """The value between brackets without them; of several, or where none is what it must be, the reader chooses."""
    values = re.findall(r"[^\[\]{},:\s]+(?!\s*:)(?=\s*[,\]}])", ill.text[ill.at : ill.end])
    fitting = [value for value in values if NUMBER.fullmatch(value) or ill.must != "a decimal number"]
    if len(values) == len(fitting) == 1:
        return ill.put(fitting[0])
    return Chosen(ill.put(fitting[0] if fitting else example(ill)))


def near(ill: Ill, name: str) -> str:
    """Another name for the one there, which may be that of a file in a mapping."""
    file = re.match(r"\{file: *([^,}\s]+)", ill.rest)
    if file and file[1] in ill.where:
        return ill.moved(ill.at + file.start(1)).put(name, ill.at + file.end(1))
    return ill.put(name)


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


def so_many(ill: Ill, count: int, new: str | None = None) -> str:
    """So many entries in the list, mapping or row of cells, the last of them new, or without the last that were there.

    A row of cells has its name before them.
    """
    start, end = entries(ill)
    inside = ill.text[start:end]
    in_cells = ill.text[start - 1 : start] not in ("[", "{")
    sign = next((sign for sign in ";\t" if in_cells and sign in inside), ",")
    there = [entry for entry in apart(inside.rstrip(", "), sign) if entry.strip() or in_cells]
    count += in_cells and new is None
    added = [(str(i) if new is None else new).rjust(2 - in_cells) for i in range(count - len(there))]
    return ill.text[:start] + sign.join([*there[:count], *added]) + ill.text[end:]


def apart(text: str, sign: str) -> list[str]:
    """The parts of the text between signs that are in no brackets."""
    parts = [""]
    for character in text:
        inside = sum(map(parts[-1].count, "[{")) > sum(map(parts[-1].count, "]}"))
        parts[-1:] = [parts[-1], ""] if character == sign and not inside else [parts[-1] + character]
    return parts


def entries(ill: Ill) -> tuple[int, int]:
    """Where the entries of what is complained of begin and end: between brackets, else the cells of the line."""
    _, end = ill.line
    opening = re.compile(r"[^\[{,\n]*?[\[{]").match(ill.text, ill.at)
    if not opening:
        return ill.at, end
    return opening.end(), opening.end() - 1 + len(bracketed(ill.text[opening.end() - 1 :])) - 1


def without(ill: Ill) -> str:
    """What is there is deleted: a key with its value, a cell, what stands behind, a sign."""
    if re.search(r"U\+[0-9A-F]+", ill.there):
        return without_character(ill)
    if re.match(r"(\"[^\"\n]*\"|[^\s,:\[\]{}]+)[ \t]*:(\s|$)", ill.rest):
        return deleted(ill)
    if ill.there.startswith("text behind"):
        return ill.put("", ill.line[1])
    return ill.put("", ill.end if "'" in ill.there else ill.at + 1)


def without_character(ill: Ill, instead: str = "") -> str:
    """Something else, or nothing, for the character that is named, or for an escape that stands for it."""
    named = re.search(r"U\+([0-9A-F]+)", ill.there)
    assert named
    if re.match(r"[|>]", ill.rest):
        return ill.put(" ".join(line.strip() for line in ill.text[ill.at + 1 : ill.end].split("\n")))
    literal, escape = ill.text.find(chr(int(named[1], 16)), ill.at), ESCAPE.search(ill.text, ill.at)
    if literal >= 0 or escape is None:
        return ill.text[:literal] + instead + ill.text[literal + 1 :]
    return ill.text[: escape.start()] + instead + ill.text[escape.end() :]


def without_alias(ill: Ill) -> str:
    """The value that its anchor stands at is written out for an alias."""
    alias = re.match(r"\*(\S+?)(?=[\s,\]}]|$)", ill.rest)
    anchor = alias and re.search(rf"&{alias[1]} ", ill.text)
    value = ill.text[anchor.end() : ill.end_of_value(anchor.end())] if anchor else "0"
    known = anchor and "*" not in value
    changed = ill.put(value if known else "0", ill.at + (alias.end() if alias else 1))
    return changed if known else Chosen(changed)


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


def one_of_two(ill: Ill) -> str:
    """The key, or what is there for the second time, is deleted."""
    return of_two(ill, ill.where) if ill.there.startswith("given beside") else deleted(ill)


def other_of_two(ill: Ill) -> str:
    """The key that another is given beside, or what was there for the first time, is deleted."""
    beside = re.match(r"given beside (\w+)", ill.there)
    return of_two(ill, beside[1]) if beside else first_deleted(ill)


def entry_around(ill: Ill) -> str:
    """The entry whose value is complained of is deleted."""
    start, _ = ill.line
    key = max(ill.text.rfind(sign, start, ill.at) for sign in "{,") + 1 if ill.in_brackets else start
    return deleted(ill.moved(key + len(re.split(r"\S", ill.text[key:])[0])))


def point_for_comma(ill: Ill) -> str:
    """Commas without a space behind them, or every other one, are decimal points."""
    start, end = entries(ill)
    cells = ill.text[start:end]
    first = 0 if ill.text[start - 1 : start] in ("[", "{") else cells.find(",") + 1
    name, numbers = cells[:first], cells[first:]
    pointed = re.sub(r",(?=\S)", ".", numbers) if ", " in numbers else re.sub(r"(\d),(\d+)", r"\1.\2", numbers)
    return ill.text[:start] + name + pointed + ill.text[end:]


def first_deleted(ill: Ill) -> str:
    """Of two entries or lines that begin alike, the first is deleted."""
    word = re.match(r"[\"']?([^\s,:\]}\"']*)[\"']?(\s*:)?", ill.rest)
    assert word
    behind = r"\s*:" if word[2] else r"(?!\s*:)"
    alike = rf"(?:(?<=[\[{{,\n])|\A)[ \t]*([\"']?{re.escape(word[1])}[\"']?(?![\w.-]){behind})"
    before = [found.start(1) for found in re.finditer(alike, ill.text) if found.start(1) < ill.at]
    return deleted(ill.moved(before[-1] if before else ill.at))


def colon_for_equals(ill: Ill) -> str:
    """A colon for an equals sign in the line."""
    start, end = ill.line
    return ill.text[:start] + ill.text[start:end].replace(" =", ":", 1) + ill.text[end:]


def other_document(ill: Ill) -> str:
    """All to the line of '---', and it, is deleted."""
    return re.sub(r"\A---.*\n", "", ill.rest)


Way = Callable[..., str]
"""How a fix is applied to the text at the place, with what its words name."""

FIXES: Mapping[str, Way | tuple[Way, ...]] = {
    r"write (.*), with a space after the colon": lambda ill, text: ill.put(text),
    r"write it without brackets|take the inner brackets away": inside,
    r"write '(.)'": lambda ill, text: ill.put(text, ill.at + 1),
    r"write ':' for '='": lambda ill: ill.text.replace(" =", ":"),
    r"write a space for it": lambda ill: without_character(ill, " "),
    r"write spaces for it": lambda ill: ill.text[: ill.at] + re.sub(r"\A\t+", "  ", ill.rest),
    r"write a decimal point for the comma before it":
        lambda ill: re.sub(r",\s*\Z", ".", ill.text[: ill.at]) + ill.rest,
    r"write points for decimal commas|write a point for the decimal comma": point_for_comma,
    r"write a point for a decimal comma, or quotes around a cell": (point_for_comma, around_cell),
    r"write it without spaces around it": lambda ill: ill.put(ill.text[ill.at : ill.end].replace(" ", "")),
    r"write (\S+) or (\S+), whichever is meant":
        (lambda ill, first, second: ill.put(first), lambda ill, first, second: ill.put(second)),
    r"write (\S+), or (\S+) for a name":
        (lambda ill, first, second: ill.put(first), lambda ill, first, second: ill.put(second)),
    r"write the value out again": without_alias,
    r"write \\\\ for (?:it|\\)": lambda ill: ill.put("\\\\", ill.at + 1),
    r"write (?:its .*|it), or a comma for none": lambda ill: ill.moved(ill.line[1]).put(",", ill.line[1]),
    r"if its rows are features, write weights: \{rows: features, values: …\}":
        lambda ill: ill.put(f"{{rows: features, values: {ill.text[ill.at : ill.end]}}}"),
    r".*add (classes: .*\]) to the config": lambda ill, line: f"{ill.text}{line}\n",
    r"write (.+)": lambda ill, text: ill.put(text),
    r"did you mean (.*)\?": near,
    r"add init: normal": lambda ill: ill.put("{init: normal, ", ill.at + 1),
    r"put brackets around it": lambda ill: ill.put(f"[{ill.text[ill.at : ill.end]}]"),
    r"put brackets around each number":
        lambda ill: ill.put(re.sub(r"[^\s,\[\]]+", r"[\g<0>]", ill.text[ill.at : ill.end])),
    r"keep one of the two": (one_of_two, other_of_two),
    r"keep the one that is right": (deleted, first_deleted),
    r"leave (?:key|column) out": entry_around,
    r"leave it empty": lambda ill: ill.put(""),
    r"delete it": without,
    r"delete that character": without_character,
    r"delete the tag|delete the anchor": lambda ill: ill.text[: ill.at] + re.sub(r"\A[!&]\S* *", "", ill.rest),
    r"take the spaces before the key away": lambda ill: ill.text[: ill.at] + ill.rest.lstrip(" "),
    r"take brackets or dashes away": less_deep,
    r"keep one, without the '---' between them": (one_document, other_document),
    r"put \] or \} behind its entries|put one there": closed,
    r"put quotes around the text, or write ':' for '='": (in_quotes, colon_for_equals),
    r"put a space after the colon|put a colon and a space behind the key": colon,
    r"put a comma before this": lambda ill: ill.put(",", ill.at),
    r"put commas between the cells": cells_apart,
    r"save the file as UTF-8": lambda ill: ill.text,
    r"separate the cells as in the first line": as_first_line,
}  # fmt: skip
"""How each fix is applied; in several ways where it says "or"."""

CHOICES: Mapping[str, Way | tuple[Way, ...]] = {
    r"write (?:one of (?:these|them|these words)|one|a (?:smaller |shorter )?number(?: such as .*| from .*)?)":
        lambda ill: ill.put(example(ill)),
    r"write a list such as (.*)|write (\{(?:decimals|loss|init|rows|file|embeddings): .*\})":
        lambda ill, listed, mapping: ill.put(listed or mapping),
    r"write (\d+|one) (?:numbers?|answers)": lambda ill, count: so_many(ill, 1 if count == "one" else int(count)),
    r"write _ for what is not answered": lambda ill: so_many(ill, int(ill.must.split()[-1]), "_"),
    r"write all four, empty ones too": lambda ill: so_many(ill, 4, ""),
    r"write a colon, a space and a value": lambda ill: ill.put(ill.text[ill.at : ill.end] + ": 0"),
    r"write a name|name the entry": lambda ill: ill.put("named"),
    r"label a node": lambda ill: ill.put("{1: 0}"),
    r"write node,class.*": lambda ill: ill.text[: ill.at] + re.sub(r"\A([^,\n]*).*", r"\1,0", ill.rest),
    r"write \{node: class\}": lambda ill: ill.put("{1: 0}"),
    r"add classes: \[name, …\]": lambda ill: f"{ill.text}classes: [a, b]\n",
    r"add one": row_more,
    r"rename it|rename one of the two": lambda ill: ill.put("renamed"),
    r"shorten it": lambda ill: re.sub(r"\w+", "shorter", ill.rest, count=1).join([ill.text[: ill.at], ""]),
}  # fmt: skip
"""Fixes that leave a word or a number to the reader, who here takes the next best."""

LEFT_TO_THE_READER = {
    "add it": "which numbers",
    "add them": "which numbers",
    "begin the file with a line such as id,x_0,label": "which columns there are",
    "check the indentation here, and put quotes around text with such signs": "which of the two",
    "check the name and the folder": "where the file is",
    "correct it": "which probability",
    "correct the name, or add the node": "which node",
    "correct the one that is wrong": "which of the keys",
    "correct them": "which probabilities",
    "name a file": "which",
    "name another": "which",
    "put the columns into that order, with their numbers": "by hand or with a program",
    "put them around it, or take them away": "which of the two",
    "save it as one of them": "with the program that wrote it",
    "take the first column away": "with a program",
    "use one of these keys": "which",
    "write embeddings: …": "a whole config",
    "write it in the column value": "by hand or with a program",
    "write numbers beside it": "which",
    "write logits: {…}": "a whole sheet",
    "write one of the two": "which of two forms was meant",
    "write w0, w1, … in the order of the classes": "which row is whose",
}
"""Fixes that a person must fill in, and what with."""

CHOSEN, LEFT, REFUSED, NOBODY = ", as the reader chooses", "left to the reader: ", "still refused", "nobody can tell"
"""How a line of `[fixed gives]` in a case file ends, begins or reads."""


class Followed(NamedTuple):
    """Where a reader ends: the files, and whether a choice was left to make; whether the files are refused without
    end; a fix that nobody but a person can follow, if one came."""

    files: dict[str, str]
    chosen: bool = False
    refused: bool = False
    left: str = ""


Complain = Callable[[Mapping[str, str]], Sequence[str]]
"""What is said of files with these texts, of which the first is the one that is read."""


def outcomes(files: Mapping[str, str], complain: Complain) -> Iterator[Followed]:
    """Where all complaints lead who follows them, in each way that there is.

    Raises LookupError where there is a fix of which nobody can tell what to do.
    """
    choice, ways = 0, 1
    while choice < ways:
        followed = Followed(dict(files))
        for _ in range(MOST_ROUNDS):
            told = complain(followed.files)
            if not told:
                break
            left = [complaint for complaint in told if fix_in(complaint) in LEFT_TO_THE_READER]
            if left:
                followed = followed._replace(left=fix_in(left[0]))
                break
            before = followed.files
            for complaint in sorted(told, key=place, reverse=True):
                ways = max(ways, len(ways_of(complaint)[0]))
                followed = follow(followed, complaint, choice)
            if followed.files == before:
                followed = followed._replace(refused=True)
                break
        else:
            followed = followed._replace(refused=True)
        yield followed
        choice += 1


def fix_in(complaint: str) -> str:
    """The fix that a complaint offers."""
    return complaint.rpartition("; ")[2]


def place(complaint: str) -> tuple[int, ...]:
    """The line and the column that a complaint names."""
    found = re.search(r":(\d+):(\d+): ", complaint)
    assert found, complaint
    return tuple(map(int, found.groups()))


def ways_of(complaint: str) -> tuple[tuple[Way, ...], tuple[str, ...], bool]:
    """The ways to follow a complaint's fix, the words that it names, and whether it leaves a choice."""
    for table in (CHOICES, FIXES):
        for pattern, ways in table.items():
            if named := re.fullmatch(pattern, fix_in(complaint)):
                return ways if isinstance(ways, tuple) else (ways,), named.groups(), table is CHOICES
    raise LookupError(f"nobody can tell what to do: {complaint}")


def follow(followed: Followed, complaint: str, choice: int) -> Followed:
    """The files once this complaint is followed too, in the way of this number where its fix has so many."""
    ways, words, chosen = ways_of(complaint)
    found = COMPLAINT.match(complaint.rpartition("; ")[0])
    if found is None:
        raise LookupError(f"no place: {complaint}")
    file, line, column = found["file"], int(found["line"]), int(found["column"])
    if complaint.endswith("to the config"):
        file, line, column = next(iter(followed.files)), 1, 1
    text = followed.files[file]
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", text)
    at = sum(map(len, lines[: line - 1])) + column - 1
    ill = Ill(text, at, found["where"], found["there"], found["must"] or "")
    better = ways[min(choice, len(ways) - 1)](ill, *words)
    chosen = chosen or isinstance(better, Chosen)
    return followed._replace(files=followed.files | {file: str(better)}, chosen=followed.chosen or chosen)


def is_misleading(given: Iterable[str], meant: str) -> bool:
    """Whether fixes lead to results, and none of them is what was meant."""
    results = [line for line in given if line != REFUSED and not line.startswith(LEFT)]
    if meant == NOBODY:
        return any(not line.endswith(CHOSEN) for line in results)
    return bool(results) and meant not in [line.removesuffix(CHOSEN) for line in results]
