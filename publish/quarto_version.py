"""Exit status 0 when the Quarto found is 1.9 or newer, which `_quarto.yml` needs for its Typst book; else say so and exit 1."""

import re
import subprocess
import sys

NEEDED = (1, 9)


def version(text: str) -> tuple[int, int]:
    """Major and minor number in the output of `quarto --version`; (0, 0) when there is none."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def main() -> int:
    """Ask the Quarto on the path."""
    answer = subprocess.run(["quarto", "--version"], capture_output=True, text=True, check=False).stdout
    if version(answer) >= NEEDED:
        return 0
    print(f"Quarto {answer.strip() or 'of unknown version'} is older than 1.9; rendering with publish/ instead.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
