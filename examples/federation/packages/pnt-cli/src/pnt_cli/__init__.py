"""Counts words, the counting done in Rust."""

import json
from operator import itemgetter

import click
from pnt_functional import compose

from ._native import count as count_json

count = compose(itemgetter("words"), compose(json.loads, count_json))


@click.command()
@click.argument("words", nargs=-1, required=True)
def main(words: tuple[str, ...]) -> None:
    """Count the words given."""
    for word, times in sorted(count(" ".join(words)).items()):
        click.echo(f"{times} {word}")
