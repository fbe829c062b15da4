"""Makes the package importable by its own name, as TEN's app would, and registers its addon."""

import importlib
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
if str(_PACKAGE.parent) not in sys.path:
    sys.path.insert(0, str(_PACKAGE.parent))
importlib.import_module(_PACKAGE.name)
