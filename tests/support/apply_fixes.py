"""A reader who does to the files exactly what a complaint says. The fix is the text behind its last `; `.

`outcomes(files, complain)` follows the complaints about some files, from the last to the first, and again while new
complaints appear. If a fix says "A or B", it follows each way once. Nothing here knows YAML, only places, brackets and
lines. For a new wording of a fix, add a line to one of the three tables at the end.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

COMPLAINT = re.compile(
    r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<where>.*?): "
    r"(?P<there>.*?)(; expected (?P<must>.*))?$"
)
MOST_ROUNDS = 12
"""How often to follow all complaints; new ones may appear when others are fixed."""
ESCAPE = re.compile(r"\\(e|x..|u....|.)")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
CLOSING = {"[": "]", "{": "}", '"': '"', "'": "'"}


class Spot(NamedTuple):
    """The place in a text that a complaint is about, and the words of the complaint."""

    text: str
    at: int
    where: str
    there: str
    must: str

    @property
    def rest(self) -> str:
        """The text from the place on."""
        return self.text[self.at :]

    @property
    def line(self) -> tuple[int, int]:
        """The start and the end of the line."""
        return self.text.rfind("\n", 0, self.at) + 1, self.at + len(self.rest.split("\n")[0])

    @property
    def is_in_brackets(self) -> bool:
        """Whether a bracket is open at the place."""
        before = self.text[: self.at]
        return before.count("[") + before.count("{") > before.count("]") + before.count("}")

    @property
    def end(self) -> int:
        """The end of the text that the complaint quotes, or else of the value at the place."""
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
        """The end of the value that begins at a position."""
        rest = self.text[at:]
        if rest[:1] in ("|", ">"):
            block = re.match(r".*\n(([ \t]+.*)?\n)*", rest)
            return at + (block.end() - 1 if block else len(rest))
        if rest[:1] in CLOSING:
            return at + len(enclosed_text(rest))
        plain = re.match(r"[^,\]}\n:]*" if self.is_in_brackets or rest[:1] in ("~", "") else r".*?(?=\s+#|\n|$)", rest)
        return at + (len(plain[0].rstrip()) if plain else 0)

    def put(self, instead: str, end: int | None = None) -> str:
        """The text with something else at the place."""
        end = self.end if end is None else end
        space = " " if end == self.at and self.text[self.at - 1 : self.at] == ":" else ""
        return self.text[: self.at] + space + instead + self.text[end:]

    def move_to(self, at: int) -> "Spot":
        """The same complaint at another place."""
        return self._replace(at=at)


def enclosed_text(text: str) -> str:
    """The text from its first character, a bracket or quotation mark, to the closing one."""
    closing = CLOSING[text[0]]
    depth = 0
    for i, sign in enumerate(text):
        depth += (sign == text[0] and (i == 0 or sign != closing)) - (sign == closing and i > 0)
        if depth == 0:
            return text[: i + 1]
    return text.split("\n")[0]


def example_value(spot: Spot) -> str:
    """A value that meets the requirement; of several words, one that is not yet a key in the text, or in the line."""
    must, (start, end) = spot.must, spot.line
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
        for text in (spot.text, spot.text[start:end])
        for word in words
        if not re.search(rf"(^|[\s{{,]){re.escape(word)} *:", text)
    ]
    return first[1] if first else [*free, *words][0]


class ChosenText(str):
    """A text for which the reader had to choose what to write."""


def remove_brackets(spot: Spot) -> str:
    """Remove the brackets around a value; if there are several values or none fits, the reader chooses."""
    values = re.findall(r"[^\[\]{},:\s]+(?!\s*:)(?=\s*[,\]}])", spot.text[spot.at : spot.end])
    fitting = [value for value in values if NUMBER.fullmatch(value) or spot.must != "a decimal number"]
    if len(values) == len(fitting) == 1:
        return spot.put(fitting[0])
    return ChosenText(spot.put(fitting[0] if fitting else example_value(spot)))


def unwrap_list(spot: Spot) -> str:
    """Remove the square brackets and keep all that is between them; of a mapping keep a value."""
    return spot.put(enclosed_text(spot.rest)[1:-1]) if spot.rest.startswith("[") else remove_brackets(spot)


def write_similar_name(spot: Spot, name: str) -> str:
    """Write another name, which may be the name of a file in a mapping."""
    file = re.match(r"\{file: *([^,}\s]+)", spot.rest)
    if file and file[1] in spot.where:
        return spot.move_to(spot.at + file.start(1)).put(name, spot.at + file.end(1))
    return spot.put(name)


def put_brackets_around_each(spot: Spot) -> str:
    """Put brackets around each number of a list."""
    return spot.put(re.sub(r"[^\s,\[\]]+", r"[\g<0>]", spot.text[spot.at : spot.end]))


def delete_entry(spot: Spot) -> str:
    """Delete the entry of a mapping or a list, or the line."""
    start, end = spot.line
    if not spot.is_in_brackets:
        indent = re.match(r" *", spot.text[start:])
        below = re.compile(rf"( {{{indent.end() if indent else 0}}} +.*)?(\n|$)|(?=\n)")
        end += 1
        while end < len(spot.text) and spot.text[end : end + 1] in " \n" and (line := below.match(spot.text, end)):
            end = line.end()
        return spot.text[:start] + spot.text[end:]
    last = spot.end_of_value(spot.at)
    if spot.text[last : last + 1] == ":":
        last = spot.end_of_value(last + 1 + (spot.text[last + 1] == " "))
    before = spot.text[: spot.at].rstrip()
    if before.endswith(","):
        return before[:-1] + spot.text[last:]
    return spot.text[: spot.at] + re.sub(r"\A,\s*", "", spot.text[last:])


def set_entry_count(spot: Spot, count: int, new: str | None = None) -> str:
    """Add or delete entries at the end of a list, a mapping or a row of cells until there are `count`.

    The name in front of a row of cells does not count.
    """
    start, end = entry_range(spot)
    inside = spot.text[start:end]
    in_cells = spot.text[start - 1 : start] not in ("[", "{")
    sign = next((sign for sign in ";\t" if in_cells and sign in inside), ",")
    there = [entry for entry in split_outside_brackets(inside.rstrip(", "), sign) if entry.strip() or in_cells]
    count += in_cells and new is None
    added = [(str(i) if new is None else new).rjust(2 - in_cells) for i in range(count - len(there))]
    return spot.text[:start] + sign.join([*there[:count], *added]) + spot.text[end:]


def split_outside_brackets(text: str, sign: str) -> list[str]:
    """Split the text at each `sign` outside brackets."""
    parts = [""]
    for character in text:
        is_inside = sum(map(parts[-1].count, "[{")) > sum(map(parts[-1].count, "]}"))
        parts[-1:] = [parts[-1], ""] if character == sign and not is_inside else [parts[-1] + character]
    return parts


def entry_range(spot: Spot) -> tuple[int, int]:
    """The start and the end of the entries: between brackets, or else the cells of the line."""
    _, end = spot.line
    opening = re.compile(r"[^\[{,\n]*?[\[{]").match(spot.text, spot.at)
    if not opening:
        return spot.at, end
    return opening.end(), opening.end() - 1 + len(enclosed_text(spot.text[opening.end() - 1 :])) - 1


def delete_value(spot: Spot) -> str:
    """Delete a key with its value, a cell, the text behind a value, or a sign."""
    if re.search(r"U\+[0-9A-F]+", spot.there):
        return replace_character(spot)
    if re.match(r"(\"[^\"\n]*\"|[^\s,:\[\]{}]+)[ \t]*:(\s|$)", spot.rest):
        return delete_entry(spot)
    if spot.there.startswith("text behind"):
        return spot.put("", spot.line[1])
    return spot.put("", spot.end if "'" in spot.there else spot.at + 1)


def replace_character(spot: Spot, instead: str = "") -> str:
    """Replace the named character, or the escape for it, by something else or nothing."""
    named = re.search(r"U\+([0-9A-F]+)", spot.there)
    assert named
    if re.match(r"[|>]", spot.rest):
        return spot.put(" ".join(line.strip() for line in spot.text[spot.at + 1 : spot.end].split("\n")))
    literal, escape = spot.text.find(chr(int(named[1], 16)), spot.at), ESCAPE.search(spot.text, spot.at)
    if literal >= 0 or escape is None:
        return spot.text[:literal] + instead + spot.text[literal + 1 :]
    return spot.text[: escape.start()] + instead + spot.text[escape.end() :]


def write_out_alias(spot: Spot) -> str:
    """Write the value of its anchor in place of an alias."""
    alias = re.match(r"\*(\S+?)(?=[\s,\]}]|$)", spot.rest)
    anchor = alias and re.search(rf"&{alias[1]} ", spot.text)
    value = spot.text[anchor.end() : spot.end_of_value(anchor.end())] if anchor else "0"
    known = anchor and "*" not in value
    changed = spot.put(value if known else "0", spot.at + (alias.end() if alias else 1))
    return changed if known else ChosenText(changed)


def put_in_quotes(spot: Spot) -> str:
    """Put quotation marks around the value, or a colon in place of an equals sign."""
    start, end = spot.line
    line = spot.text[start:end]
    if " = " in line.split(":")[0]:
        return spot.text[:start] + line.replace(" =", ":", 1) + spot.text[end:]
    key = re.match(r"[^:]*: ", line)
    begin = start + (key.end() if key else 0)
    return f"{spot.text[:begin]}'{spot.text[begin:end]}'{spot.text[end:]}"


def put_colon(spot: Spot) -> str:
    """Put a colon and a space behind the key."""
    _, end = spot.line
    line = spot.text[spot.at : end]
    changed = line.replace(":", ": ", 1) if ":" in line else re.sub(r"\A(\S+) ?", r"\1: ", line)
    return spot.text[: spot.at] + changed + spot.text[end:]


def close_brackets(spot: Spot) -> str:
    """Close the brackets or quotes that open at the place, at the end of the line."""
    _, end = spot.line
    line = spot.text[spot.at : end]
    before, comment, after = line.partition(" #")
    opened = [sign for sign in before if sign in "[{"] if line[0] in "[{" else [line[0]]
    closing = [
        CLOSING[sign] for sign in reversed(opened[: len(opened) - before.count("]") - before.count("}")] or line[0])
    ]
    return spot.text[: spot.at] + before + "".join(closing) + comment + after + spot.text[end:]


def remove_inner_brackets(spot: Spot) -> str:
    """Delete the innermost brackets around the place, or the dash."""
    if spot.rest.startswith("-"):
        return spot.put(spot.rest[2:].lstrip(), len(spot.text))
    opening = max(spot.text.rfind(sign, 0, spot.at + 1) for sign in "[{")
    if opening < 0:
        return remove_inner_brackets(spot.move_to(spot.text.rindex("-", 0, spot.at)))
    brackets = enclosed_text(spot.text[opening:])
    return spot.move_to(opening).put(brackets[1:-1], opening + len(brackets))


def add_row(spot: Spot) -> str:
    """Add a row to a table without rows."""
    if spot.rest.startswith("|"):
        header = spot.text[spot.at : spot.end].count(",")
        return spot.put(spot.text[spot.at : spot.end].rstrip() + "\n  1" + ",0.5" * max(1, header))
    return spot.put("{1: [0.1, 0.2]}")


def delete_this_document(spot: Spot) -> str:
    """Delete everything from the line '---' to the next such line."""
    return spot.text[: spot.at] + re.sub(r"\A---\n(?s:.*?)(?=^---|\Z)", "", spot.rest, flags=re.MULTILINE)


def put_commas(spot: Spot) -> str:
    """Put commas in place of the spaces in the line."""
    _, end = spot.line
    return spot.text[: spot.at] + re.sub(r"[ ;\t]+", ",", spot.text[spot.at : end]) + spot.text[end:]


def separate_like_first_line(spot: Spot) -> str:
    """Separate the cells of the line as in the first line."""
    _, end = spot.line
    sign = next(sign for sign in ";\t," if sign in spot.text[: spot.at])
    return spot.text[: spot.at] + re.sub(r" *[,;\t ] *", sign, spot.text[spot.at : end]) + spot.text[end:]


def quote_cell(spot: Spot) -> str:
    """Put quotation marks around a cell, and delete those inside."""
    cell = re.match(r"[^,\n]*", spot.rest)
    assert cell
    return spot.put('"' + cell[0].replace('"', "") + '"', spot.at + cell.end())


def delete_key(spot: Spot, key: str) -> str:
    """Delete a key of the config."""
    line = re.search(rf"(?:^|(?<=[{{ ])){key}\b", spot.text, re.MULTILINE)
    return delete_entry(spot.move_to(line.start())) if line else spot.text


def delete_this_one(spot: Spot) -> str:
    """Delete the key at the place, or the second of two equal ones."""
    return delete_key(spot, spot.where) if spot.there.startswith("given beside") else delete_entry(spot)


def delete_other_one(spot: Spot) -> str:
    """Delete the other key, or the first of two equal ones."""
    beside = re.match(r"(?:given beside |duplicate key \S+ \(the same as ')(\w+)", spot.there)
    return delete_key(spot, beside[1]) if beside else delete_first_of_two(spot)


def write_decimal_points(spot: Spot) -> str:
    """Write decimal points for commas without a space behind them, or for every second comma."""
    start, end = entry_range(spot)
    cells = spot.text[start:end]
    first = 0 if spot.text[start - 1 : start] in ("[", "{") else cells.find(",") + 1
    name, numbers = cells[:first], cells[first:]
    pointed = re.sub(r",(?=\S)", ".", numbers) if ", " in numbers else re.sub(r"(\d),(\d+)", r"\1.\2", numbers)
    return spot.text[:start] + name + pointed + spot.text[end:]


def delete_first_of_two(spot: Spot) -> str:
    """Delete the first of two entries or lines that begin alike."""
    word = re.match(r"[\"']?([^\s,:\]}\"']*)[\"']?(\s*:)?", spot.rest)
    assert word
    behind = r"\s*:" if word[2] else r"(?!\s*:)"
    alike = rf"(?:(?<=[\[{{,\n])|\A)[ \t]*([\"']?{re.escape(word[1])}[\"']?(?![\w.-]){behind})"
    before = [found.start(1) for found in re.finditer(alike, spot.text) if found.start(1) < spot.at]
    return delete_entry(spot.move_to(before[-1] if before else spot.at))


def write_colon_for_equals(spot: Spot) -> str:
    """Write a colon for the equals sign in the line."""
    start, end = spot.line
    return spot.text[:start] + spot.text[start:end].replace(" =", ":", 1) + spot.text[end:]


def delete_document_above(spot: Spot) -> str:
    """Delete everything up to the line '---', and that line."""
    return re.sub(r"\A---.*\n", "", spot.rest)


Way = Callable[..., str]
"""A function that applies a fix at a place; further arguments are the words that the fix names."""

FIXES: Mapping[str, Way | tuple[Way, ...]] = {
    r"write (.*), with a space after the colon": lambda spot, text: spot.put(text),
    r"write it without brackets": remove_brackets,
    r"take the inner brackets away": unwrap_list,
    r"write '(.)'": lambda spot, text: spot.put(text, spot.at + 1),
    r"write ':' for '='": lambda spot: spot.text.replace(" =", ":"),
    r"write a space for it": lambda spot: replace_character(spot, " "),
    r"write spaces for it": lambda spot: spot.text[: spot.at] + re.sub(r"\A\t+", "  ", spot.rest),
    r"write a decimal point for the comma before it":
        lambda spot: re.sub(r",\s*\Z", ".", spot.text[: spot.at]) + spot.rest,
    r"write points for decimal commas": write_decimal_points,
    r"write a point for a decimal comma, or quotes around a cell": (write_decimal_points, quote_cell),
    r"write it without spaces around it": lambda spot: spot.put(spot.text[spot.at : spot.end].replace(" ", "")),
    r"write (\S+) or (\S+), whichever is meant":
        (lambda spot, first, second: spot.put(first), lambda spot, first, second: spot.put(second)),
    r"write (\S+), or (\S+) for a name":
        (lambda spot, first, second: spot.put(first), lambda spot, first, second: spot.put(second)),
    r"write (\[.*\]), or (\[.*\]) (?:if a semicolon ends a row|for \d+ numbers)":
        (lambda spot, first, second: spot.put(first), lambda spot, first, second: spot.put(second)),
    r"if it is one-hot, write (\[.*\])": lambda spot, text: spot.put(text),
    r"write (\[.*\]) for \d+ \w+ of one \w+": lambda spot, text: spot.put(text),
    r"for \d+ nodes of one number write (\[.*\])":
        lambda spot, text: put_brackets_around_each(spot) if "…" in text else spot.put(text),
    r"write (\S+), with as many digits as you need": lambda spot, number: spot.put(number),
    r"write the value out again": write_out_alias,
    r"write \\\\ for (?:it|\\)": lambda spot: spot.put("\\\\", spot.at + 1),
    r"write (?:its .*|it), or a comma for none": lambda spot: spot.move_to(spot.line[1]).put(",", spot.line[1]),
    r"if its rows are classes, add (classes: \[.*\]), if its rows are features, .*":
        (lambda spot, line: f"{spot.text}{line}\n",
         lambda spot, line: spot.put(f"{{rows: features, values: {spot.text[spot.at : spot.end]}}}")),
    r"if its rows are features, write weights: \{rows: features, values: …\}":
        lambda spot: spot.put(f"{{rows: features, values: {spot.text[spot.at : spot.end]}}}"),
    r".*add (classes: .*\]) to the config": lambda spot, line: f"{spot.text}{line}\n",
    r"if its columns are nodes, write a row for each node: (\[.*\])": lambda spot, rows: spot.put(rows),
    r"if they are classes, write \w+: (\[.*?\]) and (classes: \[.*?\]), else write (\{.*\})":
        (lambda spot, row, line, _: f"{spot.put(row)}{line}\n", lambda spot, row, line, rows: spot.put(rows)),
    r"if they are of one node, write logits: (\[.*\])": lambda spot, row: spot.put(row),
    r"write (.+)": lambda spot, text: spot.put(text),
    r"did you mean (.*)\?": write_similar_name,
    r"add init: normal": lambda spot: spot.put("{init: normal, ", spot.at + 1),
    r"keep one of the two": (delete_this_one, delete_other_one),
    r"keep the one that is right": (delete_entry, delete_first_of_two),
    r"leave it empty": lambda spot: spot.put(""),
    r"delete it": delete_value,
    r"delete that character": replace_character,
    r"delete the tag|delete the anchor": lambda spot: spot.text[: spot.at] + re.sub(r"\A[!&]\S* *", "", spot.rest),
    r"take the spaces before the key away": lambda spot: spot.text[: spot.at] + spot.rest.lstrip(" "),
    r"take brackets or dashes away": remove_inner_brackets,
    r"keep one, without the '---' between them": (delete_this_document, delete_document_above),
    r"put \] or \} behind its entries|put one there": close_brackets,
    r"put quotes around the text, or write ':' for '='": (put_in_quotes, write_colon_for_equals),
    r"put a space after the colon|put a colon and a space behind the key": put_colon,
    r"put a comma before this": lambda spot: spot.put(",", spot.at),
    r"put commas between the cells": put_commas,
    r"save the file as UTF-8": lambda spot: spot.text,
    r"separate the cells as in the first line": separate_like_first_line,
}  # fmt: skip
"""How to apply each fix; several ways if it says "or"."""

CHOICES: Mapping[str, Way | tuple[Way, ...]] = {
    r"write (?:one of (?:these|them|these words)|one|a (?:smaller |shorter )?number(?: such as .*| from .*)?)":
        lambda spot: spot.put(example_value(spot)),
    r"write a list such as (.*)|write (\{(?:decimals|loss|init|rows|file|embeddings): .*\})":
        lambda spot, listed, mapping: spot.put(listed or mapping),
    r"write (\d+|one) (?:numbers?|answers)":
        lambda spot, count: set_entry_count(spot, 1 if count == "one" else int(count)),
    r"write _ for what is not answered": lambda spot: set_entry_count(spot, int(spot.must.split()[-1]), "_"),
    r"write all four, empty ones too": lambda spot: set_entry_count(spot, 4, ""),
    r"write a colon, a space and a value": lambda spot: spot.put(spot.text[spot.at : spot.end] + ": 0"),
    r"write a name|name the entry": lambda spot: spot.put("named"),
    r"label a node": lambda spot: spot.put("{1: 0}"),
    r"write \[(\[.*?\]), …\], a row for each \w+(?:, or (\[.*\]) for .*)?":
        (lambda spot, row, _: spot.put(f"[{row}, {row}]"), lambda spot, row, rows: spot.put(rows or f"[{row}, {row}]")),
    r"write node,class.*": lambda spot: spot.text[: spot.at] + re.sub(r"\A([^,\n]*).*", r"\1,0", spot.rest),
    r"write \{node: class\}": lambda spot: spot.put("{1: 0}"),
    r"add classes: \[name, …\]": lambda spot: f"{spot.text}classes: [a, b]\n",
    r"add one": add_row,
    r"rename it|rename one of the two": lambda spot: spot.put("renamed"),
    r"shorten it": lambda spot: re.sub(r"\w+", "shorter", spot.rest, count=1).join([spot.text[: spot.at], ""]),
}  # fmt: skip
"""Fixes that leave a word or a number to the reader; here the reader takes the first that fits."""

LEFT_TO_THE_READER = {
    "add it": "which numbers",
    "call them as elsewhere, or leave the names out": "which of the two",
    "if they are classes, write them without rows: features": "whether they are",
    "add it, or write logits in place of embeddings if they are logits": "which numbers, or which of the two",
    "add them": "which numbers",
    "add them, or write logits in place of embeddings if they are logits": "which numbers, or which of the two",
    "name the classes in their order: classes: [cat, …]": "which other names",
    "name the classes in their order: classes: [paper, review, …]": "which is the first",
    "begin the file with a line such as id,x_0,label": "which columns there are",
    "check the indentation of this line, and put quotes around text with special signs": "which of the two",
    "check the name and the folder": "where the file is",
    "correct it": "which probability",
    "correct the name, or add the node": "which node",
    "correct the one that is wrong": "which of the keys",
    "correct this row, or the others": "which",
    "correct them": "which probabilities",
    "if there are 4 nodes, write a row in brackets for each": "which numbers",
    "name a file": "which",
    "name another": "which",
    "put a column of names before it, such as 1, 2, …": "with a program",
    "put them into that order, with their numbers": "by hand or with a program",
    "put them around it, or take them away": "which of the two",
    "save it as one of them": "with the program that wrote it",
    "take the first column away": "with a program",
    "use one of these keys": "which",
    "write embeddings: …": "a whole config",
    "write it in the column value": "by hand or with a program",
    "write numbers beside it": "which",
    "write logits: {…}": "a whole sheet",
    "write [[…], …], a row for each class": "which numbers",
    "write [[…], …], a row for each feature": "which numbers",
    "write a single 1, at the class of the node": "which class",
    "write one of the two": "which of two forms was meant",
    "write b0, b1, … in the order of the classes": "which number is whose",
    "write w0, w1, … in the order of the classes": "which row is whose",
}
"""Fixes that only a person can apply, and what the person must decide."""

CHOSEN, LEFT, REFUSED, NOBODY = ", as the reader chooses", "left to the reader: ", "still refused", "nobody can tell"
"""What a line of `[fixed gives]` in a case file ends with, begins with, or is."""


class Outcome(NamedTuple):
    """The files after following fixes; whether the reader had to choose; whether they are still refused; and a fix that
    only a person can apply, if there was one."""

    files: dict[str, str]
    chosen: bool = False
    refused: bool = False
    left: str = ""


Complain = Callable[[Mapping[str, str]], Sequence[str]]
"""A function that returns the complaints about files with these texts; the first file is the one that is read."""


def outcomes(files: Mapping[str, str], complain: Complain) -> Iterator[Outcome]:
    """Yield the result of following all complaints, once for each way to follow them.

    Raises LookupError for a fix that is in none of the tables.
    """
    choice, ways = 0, 1
    while choice < ways:
        outcome = Outcome(dict(files))
        for _ in range(MOST_ROUNDS):
            complaints = complain(outcome.files)
            if not complaints:
                break
            left = [complaint for complaint in complaints if fix_in(complaint) in LEFT_TO_THE_READER]
            if left:
                outcome = outcome._replace(left=fix_in(left[0]))
                break
            before = outcome.files
            for complaint in sorted(complaints, key=place_of, reverse=True):
                ways = max(ways, len(ways_of(complaint)[0]))
                outcome = follow(outcome, complaint, choice)
            if outcome.files == before:
                outcome = outcome._replace(refused=True)
                break
        else:
            outcome = outcome._replace(refused=True)
        yield outcome
        choice += 1


def fix_in(complaint: str) -> str:
    """The fix in a complaint."""
    return complaint.rpartition("; ")[2]


def place_of(complaint: str) -> tuple[int, ...]:
    """The line and the column in a complaint."""
    found = re.search(r":(\d+):(\d+): ", complaint)
    assert found, complaint
    return tuple(map(int, found.groups()))


def ways_of(complaint: str) -> tuple[tuple[Way, ...], tuple[str, ...], bool]:
    """The ways to follow the fix in a complaint, the words that the fix names, and whether the reader must choose."""
    for table in (CHOICES, FIXES):
        for pattern, ways in table.items():
            if named := re.fullmatch(pattern, fix_in(complaint)):
                return ways if isinstance(ways, tuple) else (ways,), named.groups(), table is CHOICES
    raise LookupError(f"nobody can tell what to do: {complaint}")


def follow(outcome: Outcome, complaint: str, choice: int) -> Outcome:
    """The files after following this complaint too, in the way number `choice` if its fix has so many."""
    ways, words, chosen = ways_of(complaint)
    found = COMPLAINT.match(complaint.rpartition("; ")[0])
    if found is None:
        raise LookupError(f"no place: {complaint}")
    file, line, column = found["file"], int(found["line"]), int(found["column"])
    if complaint.endswith("to the config"):
        file, line, column = next(iter(outcome.files)), 1, 1
    text = outcome.files[file]
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", text)
    at = sum(map(len, lines[: line - 1])) + column - 1
    spot = Spot(text, at, found["where"], found["there"], found["must"] or "")
    better = ways[min(choice, len(ways) - 1)](spot, *words)
    chosen = chosen or isinstance(better, ChosenText)
    return outcome._replace(files=outcome.files | {file: str(better)}, chosen=outcome.chosen or chosen)


def is_misleading(given: Iterable[str], meant: str) -> bool:
    """Whether fixes give results, and none of them is what was meant."""
    results = [line for line in given if line != REFUSED and not line.startswith(LEFT)]
    if meant == NOBODY:
        return any(not line.endswith(CHOSEN) for line in results)
    return bool(results) and meant not in [line.removesuffix(CHOSEN) for line in results]
