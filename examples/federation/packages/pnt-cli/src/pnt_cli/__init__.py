"""Counts words, the counting done in Rust."""

import json
import sys

from pnt_functional import compose

from ._native import count as count_json

count = compose(json.loads, count_json)


def main() -> None:
    print(count(" ".join(sys.argv[1:])))
