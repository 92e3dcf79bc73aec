"""Case files: many cases in one file, each with the text that is typed and the expected output.

A case file is UTF-8 text, kept byte for byte. A line in brackets begins a section:

    [case unicode minus]                     the text typed, up to the next section
    [case x, no newline at the end]          the same, but its last line has no newline
    [case x, as in bytes/x.yaml]             the bytes of that file, in a folder beside the case file
    [file nodes.csv]                         another file that the case needs, with the same two additions
    [complaints]                             the complaints about it, a line each
    [fixed gives]                            the result of following every fix, a line for each way to follow them
    [meant]                                  what was meant, if the fixes give something else: a config, or
                                             `nobody can tell`
    [printed]                                the figures that a source prints
    [explained]                              the sentences of `check` on the sheet

An empty line before each case separates it from the one before. The text above the first section says what the file
is about. A `[file …]` section above the first case belongs to every case in the file.

`pytest --update` rewrites the expected output; read it before you keep it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from support.running import CORPORA

NO_END, AS_IN = ", no newline at the end", ", as in "
EXPECTED = ("complaints", "fixed gives", "meant", "printed", "explained")
SECTION = re.compile(rf"^\[((?:case|file) .+|{'|'.join(EXPECTED)})\]\n", re.MULTILINE)

SAVED: Mapping[str, Callable[[str], bytes]] = {
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "line ends mixed": lambda text: text.replace("\n", "\r\n", 2).encode(),
    "line ends of old Macs": lambda text: text.replace("\n", "\r").encode(),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "no line end": lambda text: text.removesuffix("\n").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: f"\ufeff{text}".encode("utf-16-be"),
    "UTF-16, line ends of Windows": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
}
"""The ways in which editors save a text, by name."""


@dataclass
class TypedText:
    """The bytes typed into a file, and the addition to its name in a case file."""

    data: bytes
    addition: str = ""

    @property
    def text(self) -> str:
        """The bytes decoded as an editor would show them, with a sign for what is not text."""
        if b"\0\0" in self.data[:4]:
            return self.data.decode("utf-32", "replace")
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self.data.decode("utf-16", "replace")
        return self.data.decode("utf-16-le" if b"\0" in self.data[:2] else "utf-8", "replace")

    def section(self, title: str) -> str:
        """The section of a case file for these bytes."""
        if self.addition.startswith(AS_IN):
            return f"[{title}{self.addition}]\n"
        return f"[{title}{self.addition}]\n{self.data.decode()}" + ("\n" if self.addition else "")


@dataclass
class Case:
    """A case: its name, the bytes typed, the other files it needs, and the sections of expected output."""

    topic: "CaseFile" = field(repr=False)
    name: str
    typed: TypedText
    files: dict[str, TypedText]
    sections: dict[str, list[str]]

    def __getitem__(self, section: str) -> list[str]:
        """The lines of a section of expected output; none if it has no such section."""
        return self.sections.get(section, [])

    def expect(self, section: str, lines: Sequence[str]) -> None:
        """Replace the lines of a section, and rewrite the case file if they differ."""
        if self[section] != list(lines):
            sections = self.sections | {section: list(lines)}
            self.sections = {each: sections[each] for each in EXPECTED if sections.get(each)}
            self.topic.save()

    def needed_files(self) -> dict[str, TypedText]:
        """All other files it needs, by name."""
        return self.topic.files | self.files

    def __str__(self) -> str:
        parts = [self.typed.section(f"case {self.name}")]
        parts += [typed.section(f"file {name}") for name, typed in self.files.items()]
        parts += ["".join(f"{line}\n" for line in (f"[{name}]", *lines)) for name, lines in self.sections.items()]
        return "".join(parts)


@dataclass
class CaseFile:
    """A case file: what it is about, the files that all its cases need, and the cases."""

    path: Path
    about: str
    files: dict[str, TypedText]
    cases: list[Case] = field(default_factory=list)

    def __str__(self) -> str:
        shared = "".join(f"\n{typed.section(f'file {name}')}" for name, typed in self.files.items())
        return self.about + shared + "".join(f"\n{case}" for case in self.cases)

    def save(self) -> None:
        """Write the file, and check that reading it gives the same cases."""
        self.path.write_text(str(self), encoding="utf-8", newline="")
        assert repr(read_case_file(self.path)) == repr(self)


def read_case_file(path: Path) -> CaseFile:
    """Read a case file. Raises ValueError if it is not one."""
    first, *blocks = re.split(r"\n(?=\[case )", path.read_bytes().decode())
    about, *shared = re.split(r"\n(?=\[file )", first)
    case_file = CaseFile(path, about, {})
    for block in shared:
        case_file.files |= _sections(block, path)[0]
    for block in blocks:
        files, sections = _sections(block, path)
        title = next(iter(files))
        typed = files.pop(title)
        case_file.cases.append(Case(case_file, title, typed, files, sections))
    names = [case.name for case in case_file.cases]
    are_separate = all(part.endswith("\n") for part in (about, *shared, *blocks))
    if not are_separate or len(set(names)) < len(names) or str(case_file).encode() != path.read_bytes():
        raise ValueError(f"{path}: a name is there twice, or an empty line before a case is missing")
    return case_file


def _sections(block: str, path: Path) -> tuple[dict[str, TypedText], dict[str, list[str]]]:
    """The bytes typed under each name in a block of sections, and the sections of expected output."""
    before, *parts = SECTION.split(block)
    if before:
        raise ValueError(f"{path}: no section, or no empty line before a case: {before}")
    files, sections = {}, {}
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        name = title.partition(" ")[2]
        if title in EXPECTED:
            sections[title] = body.split("\n")[:-1]
        elif AS_IN in name:
            name, _, source = name.partition(AS_IN)
            files[name] = TypedText((path.parent / source).read_bytes(), AS_IN + source)
        elif name.endswith(NO_END):
            files[name.removesuffix(NO_END)] = TypedText(body.removesuffix("\n").encode(), NO_END)
        else:
            files[name] = TypedText(body.encode())
    return files, sections


@cache
def cases_in(folder: str) -> Mapping[str, Case]:
    """All cases in a folder of `corpora`, by topic (the name of their file) and name."""
    paths = sorted((CORPORA / folder).glob("*.txt"))
    return {f"{path.stem}: {case.name}": case for path in paths for case in read_case_file(path).cases}
