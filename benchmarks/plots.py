"""The results as pictures."""

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from ratios import races, ratio
from texts import CONTESTANTS, DATABASES

STYLES = {  # colours that differ for everybody
    "best": ("#000000", "|"),
    "core": ("#56B4E9", "s"),
    "orm": ("#0072B2", "D"),
    "ours": ("#D55E00", "o"),
    "rows": ("#E69F00", "o"),
    "advanced": ("#009E73", "^"),
    "loop": ("#CC79A7", "v"),
}
WIDTH = 6  # inches: what is written in it can be read on a phone, too
LABELS = {
    "first_page": "page 1",
    "far_page": "page 10,000",
    "tree": "list with children",
}


def draw(found: dict[str, Any], folder: Path) -> None:
    """Draw what was measured."""
    mpl.use("svg")
    # Text stays text; the same results make the same file.
    mpl.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 9}
    )
    if found["races"]:
        _races(found, folder / "results.svg")
    if found["web"]:
        _web(found["web"], folder / "http.svg")


def _races(found: dict[str, Any], path: Path) -> None:
    cells = races(found)
    figure, axes = plt.subplots(
        len(cells),
        1,
        figsize=(WIDTH, 1 + 3.2 * len(cells)),
        sharex="all",
        squeeze=False,
        layout="constrained",
    )
    for axis, (key, cell) in zip(axes.flat, cells.items(), strict=True):
        _panel(axis, cell)
        axis.set_title(f"{DATABASES[key[0]]}, {key[1]}", loc="left")
    handles = {
        label: handle
        for axis in axes.flat
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=3)
    figure.supxlabel("time as a ratio to the raw driver: smaller is better")
    _save(figure, path)


def _panel(axis: Any, cell: dict[str, dict[str, list[float]]]) -> None:
    for number, (name, (colour, marker)) in enumerate(STYLES.items()):
        # Each a little below the one before, so that none hides another.
        found = [
            (place + 0.1 * (number - 3), ratio(seconds[name], seconds["raw"]))
            for place, seconds in enumerate(cell.values())
            if name in seconds
        ]
        if found:
            axis.errorbar(
                [value.median for _, value in found],
                [place for place, _ in found],
                xerr=(
                    [value.median - value.low for _, value in found],
                    [value.high - value.median for _, value in found],
                ),
                fmt=marker,
                color=colour,
                elinewidth=0.8,
                markersize=8 if name in ("ours", "rows", "best") else 5,
                label=CONTESTANTS[name],
            )
    _dress(axis, [LABELS.get(name, name) for name in cell])


def _dress(axis: Any, labels: list[str]) -> None:
    axis.axvline(1, color="#999999", linewidth=1)
    axis.set_xscale("log")
    axis.set_xticks([0.2, 0.5, 1, 2, 5, 10, 20, 50, 100])
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    axis.set_yticks(range(len(labels)), labels)
    axis.invert_yaxis()
    for place in range(1, len(labels)):
        axis.axhline(place - 0.5, color="#dddddd", linewidth=0.8)
    axis.grid(axis="x", color="#eeeeee")
    axis.tick_params(labelbottom=True)
    axis.set_axisbelow(True)


def _web(web: list[dict[str, Any]], path: Path) -> None:
    figure, axis = plt.subplots(figsize=(WIDTH, 3.2), layout="constrained")
    base = next(item for item in web if item["contestant"].startswith("raw"))
    names = [f"{item['contestant']}, {item['concurrency']}" for item in web]
    ratios = [ratio(item["per_second"], base["per_second"]) for item in web]
    colours = ["#D55E00" if item["contestant"] == "ours" else "#56B4E9" for item in web]
    bars = axis.barh(names, [value.median for value in ratios], color=colours)
    counts = [statistics.median(item["per_second"]) for item in web]
    labels = [
        f"{value.median:.2f}  ({count:.0f}/s)"
        for value, count in zip(ratios, counts, strict=True)
    ]
    axis.bar_label(bars, labels, padding=3)
    axis.margins(x=0.12)
    axis.invert_yaxis()
    axis.set_xlabel(f"requests a second as a ratio to {names[web.index(base)]}")
    axis.spines[["top", "right"]].set_visible(False)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)
