"""Installs each wheel of a directory by `installer`, each into a directory of its own: `site`, `scripts`, `headers`, `data`."""

import os
import sys

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

wheels, target = sys.argv[1:]
for name in sorted(os.listdir(wheels)):
    root = os.path.join(target, name)
    scheme = {key: os.path.join(root, key) for key in ("scripts", "headers", "data")}
    scheme |= {"purelib": os.path.join(root, "site"), "platlib": os.path.join(root, "site")}
    destination = SchemeDictionaryDestination(scheme, interpreter="/oracle/python", script_kind="posix", bytecode_optimization_levels=[])
    with WheelFile.open(os.path.join(wheels, name)) as source:
        install(source=source, destination=destination, additional_metadata={})
