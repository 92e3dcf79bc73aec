"""The one exception for everything that a user can cause."""


class SoftstepError(Exception):
    """What could not be done: one complaint a line, each with its place, what is there, what must be, and the cure."""

    def __init__(self, *complaints: str) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints
