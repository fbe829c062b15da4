"""``python -m tools.assets``."""

import sys

from tools.assets.command import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
