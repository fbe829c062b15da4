"""Write a streaming phone network as ONNX.

The graph is built node by node rather than traced: every layer is two Concats, four Slices and
one product, with nothing computed from shapes at run time, because a live session runs it on a
few hops at a time and the cost of a node is then larger than the cost of its arithmetic.

The residual layers compute in whole numbers of 7 bits and a sign. That halves the time, not least
because the states that go from call to call become a quarter as large, and changes the scores by no
more than chance does. The scales are constants, so that a stream's frames depend on nobody else in
the batch; and no two products overflow the 16-bit sums of older processors.

Shapes: B streams, T hops, C channels, D phones, L lookaheads.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["write_onnx"]

Weights = Mapping[str, NDArray[np.float32]]
"""Parameters by name: ``mu``, ``sd``, ``inp.w``/``.b``, ``conv.N.w``/``.b``, ``mix.w``/``.b``, and
``phone``, ``lip`` and ``voice`` alike; matrices are laid out (inputs, outputs)."""

_OPSET = 20
_CONTRIB = "com.microsoft"
_END = 2**31 - 1
_FLOAT, _BYTE = TensorProto.FLOAT, TensorProto.UINT8
_LARGEST = 127


class _Graph:
    """Nodes and constants under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self._n_names = 0

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def ints(self, *values: int) -> str:
        name = "i_" + "_".join(str(v).replace("-", "m") for v in values)
        return self.constant(name, np.array(values, dtype=np.int64))

    def op(
        self,
        kind: str,
        *inputs: str,
        output: str | None = None,
        domain: str = "",
        **attributes: int,
    ) -> str:
        if output is None:
            self._n_names += 1
            output = f"t{self._n_names}"
        node = helper.make_node(kind, list(inputs), [output], domain=domain)
        node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self.nodes.append(node)
        return output

    def slice_time(self, x: str, start: int, end: int, output: str | None = None) -> str:
        return self.op("Slice", x, self.ints(start), self.ints(end), self.ints(1), output=output)

    def split_time(self, x: str, n_rows: Sequence[int]) -> list[str]:
        """Cut (B, R, C) into pieces of some rows each."""
        pieces = [f"{x}.{i}" for i in range(len(n_rows))]
        node = helper.make_node("Split", [x, self.ints(*n_rows)], pieces, axis=1)
        self.nodes.append(node)
        return pieces

    def affine(self, x: str, name: str, weights: Weights, output: str | None = None) -> str:
        w = self.constant(f"{name}.w", weights[f"{name}.w"])
        b = self.constant(f"{name}.b", weights[f"{name}.b"])
        return self.op("Add", self.op("MatMul", x, w), b, output=output)

    def quantised(self, x: str, scale: str, name: str, weights: Weights) -> str:
        """Multiply bytes by a layer's weights, rounded column by column."""
        w = weights[f"{name}.w"]
        scales = np.abs(w).max(axis=0) / np.float32(_LARGEST) + np.float32(1e-12)
        return self.op(
            "MatMulIntegerToFloat",
            x,
            self.constant(f"{name}.w", np.rint(w / scales).astype(np.int8)),
            scale,
            self.constant(f"{name}.scales", scales.astype(np.float32)),
            self.constant("zero", np.array(0, dtype=np.uint8)),
            self.constant(f"{name}.zeros", np.zeros(w.shape[1], dtype=np.int8)),
            self.constant(f"{name}.b", weights[f"{name}.b"]),
            domain=_CONTRIB,
        )

    def taps(self, joined: str, dilation: int) -> str:
        """Put each hop beside its two predecessors, (B, T, 3 C), from (B, 2 · dilation + T, C)."""
        taps = [
            self.slice_time(joined, 0, -2 * dilation),
            self.slice_time(joined, dilation, -dilation),
            self.slice_time(joined, 2 * dilation, _END),
        ]
        return self.op("Concat", *taps, axis=2)


def write_onnx(
    path: Path,
    weights: Weights,
    *,
    peaks: Sequence[float],
    dilations: Sequence[int],
    lookaheads_hops: Sequence[int],
    metadata: Mapping[str, str],
) -> None:
    """Write the network to a file.

    Inputs are ``x`` (B, 2 + T, F), the features of two hops before and of the hops, and ``state``
    (B, R, C), bytes: what the layers heard before, one layer's rows after another's. Outputs are
    ``heard`` (B, T, L, D + 2): probabilities of the phones, of closed lips and of a voice; and
    ``next_state``.

    Args:
        path: Where to write.
        weights: Parameters; convolution matrices are (3 C, C), oldest tap first.
        peaks: What each residual layer hardly ever hears more than.
        dilations: Dilation of each residual layer, in hops.
        lookaheads_hops: How far behind the newest hop each head speaks.
        metadata: Text stored in the file.
    """
    n_features = len(weights["mu"])
    n_channels = len(weights["inp.b"])
    n_heads = len(lookaheads_hops)
    n_phones = len(weights["phone.b"]) // n_heads
    g = _Graph()
    x = g.op("Sub", "x", g.constant("mu", weights["mu"]))
    x = g.op("Mul", x, g.constant("inv_sd", 1 / weights["sd"]))
    h = g.op("Relu", g.affine(g.taps(x, 1), "inp", weights))
    skip = h
    n_rows = [2 * dilation for dilation in dilations]
    zero = g.constant("zero", np.array(0, dtype=np.uint8))
    before, after = g.split_time("state", n_rows), []
    for i, (dilation, peak) in enumerate(zip(dilations, peaks, strict=True)):
        scale = g.constant(f"conv.{i}.unit", np.array(peak / _LARGEST, np.float32))
        joined = g.op("Concat", before[i], g.op("QuantizeLinear", h, scale, zero), axis=1)
        after.append(g.slice_time(joined, -n_rows[i], _END))
        branch = g.quantised(g.taps(joined, dilation), scale, f"conv.{i}", weights)
        h = g.op("Add", h, g.op("Relu", branch))
        if i == len(dilations) // 2 - 1:
            skip = h
    z = g.op("Relu", g.affine(g.op("Concat", h, skip, axis=2), "mix", weights))
    logits = g.op("Reshape", g.affine(z, "phone", weights), g.ints(0, 0, n_heads, n_phones))
    chances = [g.op("Softmax", logits, axis=-1)]
    for name in ("lip", "voice"):
        chance = g.op("Sigmoid", g.affine(z, name, weights))
        chances.append(g.op("Unsqueeze", chance, g.ints(3)))
    g.op("Concat", *chances, output="heard", axis=3)
    g.op("Concat", *after, output="next_state", axis=1)
    width = n_phones + len(chances) - 1
    tensor = helper.make_tensor_value_info
    inputs = [
        tensor("x", _FLOAT, ["B", "T + 2", n_features]),
        tensor("state", _BYTE, ["B", sum(n_rows), n_channels]),
    ]
    outputs = [
        tensor("heard", _FLOAT, ["B", "T", n_heads, width]),
        tensor("next_state", _BYTE, ["B", sum(n_rows), n_channels]),
    ]
    graph = helper.make_graph(
        g.nodes, "avamotion", inputs, outputs, initializer=list(g.constants.values())
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    helper.set_model_props(
        model,
        {
            **metadata,
            "lookaheads_hops": ",".join(str(n) for n in lookaheads_hops),
            "peaks": ",".join(str(peak) for peak in peaks),
            # Training begins every sequence with what is nothing to the network: the mean.
            "initial_features": ",".join(f"{value:.6g}" for value in weights["mu"]),
        },
    )
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
