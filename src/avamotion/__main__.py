"""``python -m avamotion``: the command line."""

from avamotion.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
