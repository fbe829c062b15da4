"""A missing program is named."""

from pathlib import Path

import pytest

from tools.assets.pack import PackError, pack, validate


def test_packing_without_gltfpack_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="npm install gltfpack"):
        pack(b"", tmp_path)


def test_validating_without_the_validator_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="npm install gltf-validator"):
        validate(tmp_path / "a.glb", tmp_path)
