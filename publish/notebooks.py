"""Read notebook files, sound ones only."""

import json
from pathlib import Path
from typing import Any

import nbformat

from lib.errors import BookError


def read(path: Path) -> Any:
    """A notebook of format 4. Raises BookError naming the file and the reason when it is missing, damaged or another format.

    nbformat's own `read` accepts an invalid notebook with a log message; here validation is an error.
    """
    try:
        text = path.read_text(encoding="utf-8")
        nbformat.validate(nbformat.from_dict(json.loads(text)), version=4)
        return nbformat.reads(text, as_version=4)
    except OSError as error:
        raise BookError(f"{path} cannot be read ({error.strerror}); check the name or restore it from git.") from None
    except Exception as error:  # json, nbformat and jsonschema raise many kinds for damaged files
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise BookError(f"{path} is not a valid notebook ({reason}); restore it from git.") from None
