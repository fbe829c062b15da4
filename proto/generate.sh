#!/usr/bin/env bash
# Writes the Python modules of the .proto files. Run it after changing one; `make check` compares.
set -euo pipefail
cd "$(dirname "$0")/.."
out=src/avamotion/protocol/gen
for name in ingress motion; do
  "${PYTHON:-.venv/bin/python}" -m grpc_tools.protoc -I proto \
    --python_out=src/avamotion/protocol/gen --pyi_out=src/avamotion/protocol/gen "proto/avamotion/$name.proto"
done
# protoc lays the files out by their proto path; we keep them flat.
mv "$out"/avamotion/*_pb2.py "$out"/avamotion/*_pb2.pyi "$out"/
rmdir "$out"/avamotion
