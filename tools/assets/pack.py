"""Compress a GLB with gltfpack, and put back the licence that it drops."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tools.assets.glbfile import join_glb, split_glb
from tools.assets.glbwriter import LICENCE

__all__ = ["PackError", "pack", "validate"]

OPTIONS: Final = ("-cc", "-kn", "-km", "-ke")
"""Compress hard; keep the names of nodes and materials, and the names of morph targets."""


class PackError(RuntimeError):
    """Raised when a node program is missing or refuses the file."""


def pack(data: bytes, node_modules: Path) -> bytes:
    """Return a GLB compressed with meshopt.

    Args:
        data: A plain GLB.
        node_modules: Where the npm package ``gltfpack`` is installed.

    Raises:
        PackError: If gltfpack is missing or fails.
    """
    program = node_modules / "gltfpack" / "cli.js"
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "plain.glb", Path(folder) / "packed.glb"
        plain.write_bytes(data)
        _run(program, "-i", str(plain), "-o", str(packed), *OPTIONS)
        document, binary = split_glb(packed.read_bytes())
    document["asset"]["copyright"] = LICENCE
    return join_glb(document, binary)


def validate(path: Path, node_modules: Path) -> list[str]:
    """Return what the Khronos validator calls errors in a GLB, one sentence each.

    Raises:
        PackError: If the npm package ``gltf-validator`` is missing or fails.
    """
    if not (node_modules / "gltf-validator").is_dir():
        raise PackError(f"no gltf-validator in {node_modules}: run npm install gltf-validator")
    script = (
        "const v=require(process.argv[1]);const b=require('fs').readFileSync(process.argv[2]);"
        "v.validateBytes(new Uint8Array(b)).then(r=>console.log(JSON.stringify(r.issues)));"
    )
    done = subprocess.run(
        [_node(), "-e", script, str((node_modules / "gltf-validator").resolve()), str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise PackError(f"gltf-validator failed: {done.stderr.strip()}")
    issues = json.loads(done.stdout)
    return [f"{m['pointer']}: {m['message']}" for m in issues["messages"] if m["severity"] == 0]


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise PackError("no node found: install Node.js 18 or newer")
    return node


def _run(program: Path, *arguments: str) -> None:
    if not program.exists():
        raise PackError(f"{program} is missing: run npm install {program.parent.name}")
    done = subprocess.run(
        [_node(), str(program), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PackError(f"{program.parent.name} failed: {done.stdout}{done.stderr}".strip())
