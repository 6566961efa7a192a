"""Errors that a user can act on: one sentence saying what, where and what to do."""


class BookError(ValueError):
    """Bad input. The message is one clear sentence; the command line prints it and exits with status 1."""


class DataError(BookError):
    """A file of `data/` is missing, malformed or contradicts its description in datapackage.json."""


class InconsistentFigures(BookError):
    """Published figures that cannot all be true; the message names a smallest set that contradicts itself."""


class DocumentError(BookError):
    """A document that cannot be read, or is not the kind of document asked for."""
