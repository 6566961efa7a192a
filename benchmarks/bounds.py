"""Seconds to bound every place and every jurisdiction of each measure of 2019, cold and over again; aim: 2 s a metric."""

import time

from lib import data, implied
from lib.bounds import implied as solve

REPEATS = 5
AIM = 2.0


def main() -> None:
    """Print one line a metric: the fastest and the slowest of some runs, processor time, and whether the aim is kept."""
    print(f"{'metric':24} {'jurisdictions':>13} {'fastest s':>10} {'slowest s':>10} {'CPU s':>7}   aim {AIM:.0f} s")
    for year, metric in implied.available():
        known, zeros = implied.facts(year, metric), implied.zeros(year, metric)
        total = int(data.at("US", year, metric))
        seconds, busy = [], time.process_time()
        for _ in range(REPEATS):
            start = time.perf_counter()
            solve(known[implied.STATED], total, len(known), zeros)
            seconds.append(time.perf_counter() - start)
        busy = (time.process_time() - busy) / REPEATS
        verdict = "kept" if max(seconds) <= AIM else "missed"
        print(f"{metric:24} {len(known):13} {min(seconds):10.2f} {max(seconds):10.2f} {busy:7.2f}   {verdict}")


if __name__ == "__main__":
    main()
