"""Where a message comes from or goes to."""

from __future__ import annotations

__all__ = ["Loc"]


class Loc:
    """Names an app, a graph in it and an extension in that.

    Attributes:
        app_uri: URI of the app; ``""`` is this app.
        graph_id: Id of the graph; ``""`` is this graph.
        extension_name: Name of the graph's node.
    """

    def __init__(
        self,
        app_uri: str | None = None,
        graph_id: str | None = None,
        extension_name: str | None = None,
    ) -> None:
        self.app_uri = app_uri
        self.graph_id = graph_id
        self.extension_name = extension_name

    def __repr__(self) -> str:
        return f"Loc({self.app_uri!r}, {self.graph_id!r}, {self.extension_name!r})"
