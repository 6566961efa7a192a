"""Run every benchmark, or those named: `python -m benchmarks [NAME ...]`. Each module of this folder has a `main()`."""

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all of them in the order of their names."""
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"Error: there is no benchmark {unknown[0]!r}; there are {', '.join(known)}.", file=sys.stderr)
        return 1
    for name in names or known:
        print(f"== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
