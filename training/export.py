"""Write a streaming phone network as ONNX.

The graph is built node by node rather than traced: every layer is one Concat, three Slices and
one MatMul, with nothing computed from shapes at run time, because a live session runs it on one
hop at a time and the cost of a node is then larger than the cost of its arithmetic.

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
_END = 2**31 - 1
_FLOAT = TensorProto.FLOAT


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

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: int) -> str:
        if output is None:
            self._n_names += 1
            output = f"t{self._n_names}"
        node = helper.make_node(kind, list(inputs), [output])
        node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self.nodes.append(node)
        return output

    def slice_time(self, x: str, start: int, end: int, output: str | None = None) -> str:
        return self.op("Slice", x, self.ints(start), self.ints(end), self.ints(1), output=output)

    def affine(self, x: str, name: str, weights: Weights, output: str | None = None) -> str:
        w = self.constant(f"{name}.w", weights[f"{name}.w"])
        b = self.constant(f"{name}.b", weights[f"{name}.b"])
        return self.op("Add", self.op("MatMul", x, w), b, output=output)

    def context(self, x: str, layer: int, dilation: int) -> str:
        """Put each step beside its two predecessors, and hand the newest ones to the next call."""
        joined = self.op("Concat", f"s{layer}", x, axis=1)
        self.slice_time(joined, -2 * dilation, _END, output=f"n{layer}")
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
    dilations: Sequence[int],
    lookaheads_hops: Sequence[int],
    metadata: Mapping[str, str],
) -> None:
    """Write the network to a file.

    Inputs are ``x`` (B, T, F) and the states ``s0``, ``s1``…; outputs are ``heard``
    (B, T, L, D + 2): probabilities of the phones, of closed lips and of a voice; and the next
    states ``n0``, ``n1``…

    Args:
        path: Where to write.
        weights: Parameters; convolution matrices are (3 C, C), oldest tap first.
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
    h = g.op("Relu", g.affine(g.context(x, 0, 1), "inp", weights))
    skip = h
    for i, dilation in enumerate(dilations):
        branch = g.op("Relu", g.affine(g.context(h, i + 1, dilation), f"conv.{i}", weights))
        h = g.op("Add", h, branch)
        if i == len(dilations) // 2 - 1:
            skip = h
    z = g.op("Relu", g.affine(g.op("Concat", h, skip, axis=2), "mix", weights))
    logits = g.op("Reshape", g.affine(z, "phone", weights), g.ints(0, 0, n_heads, n_phones))
    heard = [g.op("Softmax", logits, axis=-1)]
    for name in ("lip", "voice"):
        chance = g.op("Sigmoid", g.affine(z, name, weights))
        heard.append(g.op("Unsqueeze", chance, g.ints(3)))
    g.op("Concat", *heard, output="heard", axis=3)
    width = n_phones + len(heard) - 1
    outputs = [helper.make_tensor_value_info("heard", _FLOAT, ["B", "T", n_heads, width])]
    inputs = [helper.make_tensor_value_info("x", _FLOAT, ["B", "T", n_features])]
    widths = [(2, n_features), *((2 * d, n_channels) for d in dilations)]
    for i, (n_hops, width) in enumerate(widths):
        inputs.append(helper.make_tensor_value_info(f"s{i}", _FLOAT, ["B", n_hops, width]))
        outputs.append(helper.make_tensor_value_info(f"n{i}", _FLOAT, ["B", n_hops, width]))
    graph = helper.make_graph(
        g.nodes, "avamotion", inputs, outputs, initializer=list(g.constants.values())
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
    helper.set_model_props(
        model,
        {**metadata, "lookaheads_hops": ",".join(str(n) for n in lookaheads_hops)},
    )
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
