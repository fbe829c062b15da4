"""What both kinds of tester have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ten_runtime._engine.graph import GraphSpec
from ten_runtime._engine.trial import DEFAULT_TIMEOUT_US, Trial, single_graph, test_graph
from ten_runtime._engine.value import checked_int, loaded
from ten_runtime.error import TenError
from ten_runtime.ten_env_base import TenEnvBase

if TYPE_CHECKING:
    from ten_runtime._engine.node import Node

__all__ = ["TenEnvTesterBase", "TesterBase"]


class TenEnvTesterBase(TenEnvBase):
    """The log, and the end of the test."""

    def __init__(self, node: Node, trial: Trial) -> None:
        super().__init__(node)
        self._trial = trial

    def stop_test(self, error: TenError | None = None) -> None:
        """End the test, from any thread; only the first call counts.

        Args:
            error: What ``run()`` returns.
        """
        self._trial.stop(error)


class TesterBase:
    """What to test, and for how long. Subclasses may take arguments of their own."""

    _spec: GraphSpec | None
    _is_single: bool
    _timeout_us: int

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Make a tester."""
        tester = super().__new__(cls)
        tester._spec = None
        tester._is_single = False
        tester._timeout_us = DEFAULT_TIMEOUT_US
        return tester

    def __init__(self) -> None:
        """Take no arguments."""

    def set_test_mode_single(self, addon_name: str, property_json_str: str | None = None) -> None:
        """Test one extension: everything that it sends arrives here, and the other way round.

        Args:
            addon_name: Who makes it.
            property_json_str: JSON object that is merged over its ``property.json``.

        Raises:
            ValueError: If that is no JSON object.
        """
        properties = loaded(property_json_str) if property_json_str else {}
        if not isinstance(properties, dict):
            raise ValueError("property_json_str must be a JSON object")
        self._spec = single_graph(addon_name, properties)
        self._is_single = True

    def set_test_mode_graph(self, graph_json: str) -> None:
        """Test a graph, in which the tester is the node ``ten:test_extension``.

        Raises:
            ValueError: If it is not a graph.
        """
        self._spec = test_graph(graph_json)
        self._is_single = False

    def set_timeout(self, timeout_us: int) -> None:
        """Set the time limit; without one it is three minutes.

        Args:
            timeout_us: Microseconds, above zero.
        """
        if checked_int(timeout_us) <= 0:
            raise ValueError("the timeout must be microseconds, above zero")
        self._timeout_us = timeout_us

    def _graph(self) -> GraphSpec:
        if self._spec is None:
            raise ValueError("call set_test_mode_single or set_test_mode_graph before run()")
        return self._spec
