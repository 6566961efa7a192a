"""The outlines behind the maps: named in a chart, supplied when it is drawn.

A chart's data address is `book:NAME?sha256=...`. `inline` puts the outlines in its place to draw the static picture, with
fewer points than the site's script carries; borders are thinned as shared lines, so neighbours keep touching.
"""

import hashlib
import json
from functools import cache
from typing import Any

import numpy as np

from lib import data
from lib.errors import DataError

SCHEME = "book:"
#: Every topology that the site's script holds.
NAMES = ["states_albers", "districts_albers"]
_TRIANGLE = 1.2  # a point whose triangle with its neighbours is smaller is dropped in static pictures; half a pixel
Line = list[tuple[float, float]]


@cache
def reference(name: str) -> str:
    """The address of topology `name` in a chart, with a digest of its content."""
    content = json.dumps(data.geo(name), sort_keys=True, separators=(",", ":"))
    return f"{SCHEME}{name}?sha256={hashlib.sha256(content.encode()).hexdigest()[:12]}"


def inline(spec: Any) -> Any:
    """A copy of a Vega-Lite specification with the outlines themselves in place of every address of this module.

    Raises DataError for a name that `data/geo/` does not have.
    """
    if isinstance(spec, list):
        return [inline(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    url = spec.get("url")
    if isinstance(url, str) and url.startswith(SCHEME):
        rest = {key: value for key, value in spec.items() if key != "url"}
        return {**rest, "values": thinned(url.removeprefix(SCHEME).split("?")[0])}
    return {key: inline(value) for key, value in spec.items()}


@cache
def thinned(name: str) -> dict[str, Any]:
    """The topology with fewer points on each border; neighbours share the thinned line and no ring vanishes."""
    if name not in NAMES:
        raise DataError(f"There is no map {name!r}; use one of {', '.join(NAMES)}.")
    topology = data.geo(name)
    small = {key: value for key, value in topology.items() if key not in ("transform", "arcs", "bbox")}
    return small | {"arcs": [_thin(line) for line in lines(name)]}


def _thin(line: Line) -> Line:
    """The line without the points that change it least: Visvalingam's rule, the smallest triangle first.

    A line that closes on itself keeps a triangle. Visvalingam and Whyatt 1993, The Cartographic Journal 30:46.
    """
    kept, least = list(line), 4 if line[0] == line[-1] else 2
    while len(kept) > least:
        sizes = _triangles(np.array(kept))
        if sizes.min() >= _TRIANGLE:
            break
        # of neighbours only the smaller goes in one round, so that few rounds are needed
        lower = np.pad(sizes, 1, constant_values=np.inf)
        goes = (sizes < _TRIANGLE) & (sizes < lower[:-2]) & (sizes <= lower[2:])
        drop = {int(n) + 1 for n in np.flatnonzero(goes)[: len(kept) - least]}
        kept = [point for n, point in enumerate(kept) if n not in drop]
    return kept


def _triangles(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Area of the triangle of each inner point with its two neighbours."""
    before, at, after = points[:-2], points[1:-1], points[2:]
    (ax, ay), (bx, by) = (at - before).T, (after - before).T
    return np.asarray(np.abs(ax * by - bx * ay) / 2)


@cache
def lines(name: str) -> list[Line]:
    """The borders of a topology as points of the projected plane."""
    topology = data.geo(name)
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    steps = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    return [[(round(x, 2), round(y, 2)) for x, y in points.tolist()] for points in steps]


def rings(name: str, geometry: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    """The outer rings of one region as arrays of points (n, 2), the largest first."""
    borders = lines(name)
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    outer = [
        np.array([point for arc in polygon[0] for point in (borders[arc] if arc >= 0 else borders[~arc][::-1])])
        for polygon in polygons
    ]
    return sorted(outer, key=area, reverse=True)


def area(ring: np.ndarray[Any, Any]) -> float:
    """Area of a closed ring in square units of the plane."""
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


@cache
def middles(name: str, feature: str) -> dict[str, tuple[float, float, float]]:
    """For each region the point farthest from its outline and that distance (x, y, radius), where a label fits best.

    Found on a grid over the largest polygon of the region; keys are the ids of the topology.
    """
    regions = data.geo(name)["objects"][feature]["geometries"]
    return {region["id"]: _middle(rings(name, region)[0]) for region in regions}


@cache
def spans(name: str, feature: str) -> dict[str, float]:
    """For each region the diagonal of the box around it, in units of the plane."""
    regions = data.geo(name)["objects"][feature]["geometries"]
    points = {region["id"]: np.concatenate(rings(name, region)) for region in regions}
    return {place: float(np.linalg.norm(np.ptp(found, axis=0))) for place, found in points.items()}


def _middle(ring: np.ndarray[Any, Any], steps: int = 30) -> tuple[float, float, float]:
    """The grid point inside `ring` that lies farthest from its corners, with the distance."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    x, y = np.meshgrid(*(np.linspace(low[k], high[k], steps + 2)[1:-1] for k in (0, 1)))
    grid = np.column_stack([x.ravel(), y.ravel()])
    dense = _dense(ring)
    away = np.sqrt(((grid[:, None, :] - dense[None, :, :]) ** 2).sum(axis=2).min(axis=1))
    away[~_inside(grid, ring)] = 0
    best = int(away.argmax())
    return round(float(grid[best, 0]), 1), round(float(grid[best, 1]), 1), round(float(away[best]), 1)


def _dense(ring: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The corners of a ring and four points between each two, because long straight borders have few corners."""
    ahead = np.roll(ring, -1, axis=0)
    return np.concatenate([ring + (ahead - ring) * share for share in (0, 0.2, 0.4, 0.6, 0.8)])


def _inside(points: np.ndarray[Any, Any], ring: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which points lie inside a ring: an odd number of borders to their right."""
    (x1, y1), (x2, y2) = ring.T, np.roll(ring, -1, axis=0).T
    x, y = points[:, :1], points[:, 1:]
    between = (y1 > y) != (y2 > y)
    height = np.where(y2 == y1, 1, y2 - y1)
    return np.asarray((between & (x < (x2 - x1) * (y - y1) / height + x1)).sum(axis=1) % 2 == 1)
