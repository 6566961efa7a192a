"""Write the present verdict of every entry of the register into claims.csv, after a change that is meant; reasons stay."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import claims, data


def record() -> None:
    """Update `verdict` of every entry; the file is replaced in one step or not at all."""
    table = claims.register()[["claim", "verdict"]]
    kept = data.claims().set_index("claim").why
    table = table.assign(why=table.claim.map(kept).where(table.verdict == claims.DIFFERS))
    target = data.data_dir() / "claims.csv"
    draft = target.with_suffix(".tmp")
    table.to_csv(draft, index=False, lineterminator="\n")
    os.replace(draft, target)


if __name__ == "__main__":
    for sentence in claims.changed():
        print(sentence)
    record()
