"""Makes the package importable by its own name, as TEN's app would."""

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# The package itself, and the guarder, whose Motion Server these tests talk to.
for _directory in (_PACKAGE.parent, _PACKAGE.parents[2]):
    if str(_directory) not in sys.path:
        sys.path.insert(0, str(_directory))
