"""Fills the templates of pages and writes them, each as one whole file."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import amnat
from amnat.errors import InputError
from amnat.files import write_atomically, writing
from amnat.report import plots
from amnat.report.charts import Chart
from amnat.report.still_plots import still

if TYPE_CHECKING:
    import jinja2

# How a page of this package begins, so that no other file is overwritten.
_MARK = '<meta name="generator" content="amnat'


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a page; every cell is text, and its number, if it has one, sorts it.

    Attributes:
      header: names of the columns.
      rows: cells, each text or (text, number).
      caption: a sentence; "" for none.
      sortable: whether the header has buttons.
    """

    header: list[str]
    rows: list[list[Any]]
    caption: str = ""
    sortable: bool = False


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("amnat.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    # Bokeh's JSON describes an object where it first stands; sorted keys would refer to it before.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return environment


def render(template: str, charts: Sequence[Chart], **values: Any) -> str:
    """A page as text.

    Args:
      template: the name of a file in templates/.
      charts: the charts of the page, in order.
      **values: what the template shows.
    """
    environment = _environment()
    source = environment.loader
    assert source is not None, "it was given one"
    parts = {name: source.get_source(environment, name)[0] for name in ("page.css", "page.js")}
    drawn = [
        {
            "title": chart.title,
            "band": chart.band,
            "may_be_log": chart.may_be_log,
            "starts_log": chart.starts_log,
            "item": plots.chart_item(chart),
        }
        for chart in charts
    ]
    return environment.get_template(template).render(
        version=amnat.__version__,
        style=parts["page.css"],
        program=parts["page.js"],
        bokeh=plots.script() if charts else "",
        charts=drawn,
        still=still(charts),
        **values,
    )


def check_place(path: pathlib.Path, flag: str = "out") -> None:
    """Raises InputError unless a page may be written there: a new file, or an earlier page."""
    if path.is_dir():
        raise InputError(f"--{flag}={path}: is a folder, expected the name of an .html file")
    if not path.parent.is_dir():
        raise InputError(f"--{flag}={path}: no folder {path.parent}")
    if not path.exists():
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        beginning = file.read(2000)
    if _MARK not in beginning:
        raise InputError(f"--{flag}={path}: exists and is no page of amnat; choose another name")


def write_page(path: pathlib.Path, text: str) -> None:
    """Writes a page; an OutputError names the file if that fails."""
    with writing(str(path)):
        write_atomically(path, text)
