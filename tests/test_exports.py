"""Every module says what it offers, and offers what it says."""

import importlib
import pkgutil

import pytest

import avamotion

MODULES = [
    module.name
    for module in pkgutil.walk_packages(avamotion.__path__, "avamotion.")
    # Alembic runs its scripts inside an environment of its own.
    if not {"gen", "migration"} & set(module.name.split(".")[:-1])
    and not module.name.endswith(("__main__", "_pb2"))
]


@pytest.mark.parametrize("name", MODULES)
def test_all_names_what_exists(name: str) -> None:
    module = importlib.import_module(name)
    if name.endswith(".gen"):
        return
    for export in module.__all__:
        assert hasattr(module, export), f"{name}.{export}"
