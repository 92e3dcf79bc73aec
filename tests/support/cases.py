"""Case files: what is typed and what must come of it, many cases to a file.

A case file is UTF-8 text, kept byte for byte. A line in brackets begins a section:

    [case unicode minus]                     what is typed, to the next section
    [case x, no newline at the end]          the same, but the last line has no end
    [case x, as in bytes/x.yaml]             the bytes of that file instead, beside the case file
    [file nodes.csv]                         a file beside what is typed, with the same two additions
    [complaints], [fixed gives], [meant] …   lines of what is said of it, of what who follows that has, and of what was
                                             meant where that is something else: a config, or `nobody can tell`

Before every case stands an empty line, which belongs to neither. What stands before the first section says what the
file is about; a `[file …]` section before the first case is there for every case of the file.

`pytest --update` writes anew what must come of the cases, to be read before it is kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from support.running import CORPORA

NO_END, AS_IN = ", no newline at the end", ", as in "
EXPECTED = ("complaints", "fixed gives", "meant", "printed")
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
"""The ways in which editors save a text."""


@dataclass
class Typed:
    """What is typed in a file, and the addition to its name in a case file."""

    data: bytes
    addition: str = ""

    @property
    def text(self) -> str:
        """The text, as far as it is text: an editor's, who shows what it can."""
        if b"\0\0" in self.data[:4]:
            return self.data.decode("utf-32", "replace")
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self.data.decode("utf-16", "replace")
        return self.data.decode("utf-16-le" if b"\0" in self.data[:2] else "utf-8", "replace")

    def section(self, title: str) -> str:
        """The section of a case file that says it."""
        if self.addition.startswith(AS_IN):
            return f"[{title}{self.addition}]\n"
        return f"[{title}{self.addition}]\n{self.data.decode()}" + ("\n" if self.addition else "")


@dataclass
class Case:
    """A case: its name, what is typed, the files beside it, and the sections of what must come of it."""

    topic: "CaseFile" = field(repr=False)
    name: str
    typed: Typed
    files: dict[str, Typed]
    sections: dict[str, list[str]]

    def __getitem__(self, section: str) -> list[str]:
        """The lines of what must come of it; none where it has no such section."""
        return self.sections.get(section, [])

    def expect(self, section: str, lines: Sequence[str]) -> None:
        """Other lines must come of it from now on, which its file says."""
        if self[section] != list(lines):
            sections = self.sections | {section: list(lines)}
            self.sections = {each: sections[each] for each in EXPECTED if sections.get(each)}
            self.topic.save()

    def beside(self) -> dict[str, Typed]:
        """All files that it finds beside it."""
        return self.topic.files | self.files

    def __str__(self) -> str:
        parts = [self.typed.section(f"case {self.name}")]
        parts += [typed.section(f"file {name}") for name, typed in self.files.items()]
        parts += ["".join(f"{line}\n" for line in (f"[{name}]", *lines)) for name, lines in self.sections.items()]
        return "".join(parts)


@dataclass
class CaseFile:
    """A file of cases: what it is about, the files that all of them find beside them, and the cases."""

    path: Path
    about: str
    files: dict[str, Typed]
    cases: list[Case] = field(default_factory=list)

    def __str__(self) -> str:
        shared = "".join(f"\n{typed.section(f'file {name}')}" for name, typed in self.files.items())
        return self.about + shared + "".join(f"\n{case}" for case in self.cases)

    def save(self) -> None:
        """Write it; it must read back as it is."""
        self.path.write_text(str(self), encoding="utf-8", newline="")
        assert repr(read(self.path)) == repr(self)


def read(path: Path) -> CaseFile:
    """The case file at a path. Raises ValueError where it is none."""
    first, *blocks = re.split(r"\n(?=\[case )", path.read_bytes().decode())
    about, *shared = re.split(r"\n(?=\[file )", first)
    found = CaseFile(path, about, {})
    for block in shared:
        found.files |= _sections(block, path)[0]
    for block in blocks:
        files, sections = _sections(block, path)
        title = next(iter(files))
        typed = files.pop(title)
        found.cases.append(Case(found, title, typed, files, sections))
    names = [case.name for case in found.cases]
    apart = all(part.endswith("\n") for part in (about, *shared, *blocks))
    if not apart or len(set(names)) < len(names) or str(found).encode() != path.read_bytes():
        raise ValueError(f"{path}: a name is there twice, or an empty line before a case is missing")
    return found


def _sections(block: str, path: Path) -> tuple[dict[str, Typed], dict[str, list[str]]]:
    """What is typed under each name in a block of sections, and the other sections."""
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
            files[name] = Typed((path.parent / source).read_bytes(), AS_IN + source)
        elif name.endswith(NO_END):
            files[name.removesuffix(NO_END)] = Typed(body.removesuffix("\n").encode(), NO_END)
        else:
            files[name] = Typed(body.encode())
    return files, sections


@cache
def cases_in(folder: str) -> Mapping[str, Case]:
    """All cases in the case files of a folder of the tests, by topic and name."""
    paths = sorted((CORPORA / folder).glob("*.txt"))
    return {f"{path.stem}: {case.name}": case for path in paths for case in read(path).cases}
