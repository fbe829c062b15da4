"""The life of an app with callbacks: configure, load, init, graphs, deinit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ten_runtime._engine.discovery import app_folder, use_app_folder
from ten_runtime._engine.driver import settle_uncaught
from ten_runtime._engine.fault import AppError, EngineError, GraphError, bad_json
from ten_runtime._engine.host import AppCore, Predefined
from ten_runtime._engine.node import Stage
from ten_runtime._engine.path import Json
from ten_runtime._engine.place import JsonSource, Place
from ten_runtime._engine.placeholder import resolved
from ten_runtime._engine.running import RunningGraph
from ten_runtime._engine.value import loaded
from ten_runtime.error import TenError

__all__ = ["AppLife", "AppUser"]


class AppUser(Protocol):
    """The callbacks, with their environments filled in."""

    def configure(self) -> None: ...
    def init(self) -> None: ...
    def deinit(self) -> None: ...


class AppLife(AppCore):
    """An app with callbacks.

    Args:
        folder: The app's folder; None looks for one.
        graph: Start this predefined graph instead of those with ``auto_start``.
        ready: Called once in the app's thread, when its graphs have been started.
        must_start: An app in which no graph starts is a mistake.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        graph: str | None = None,
        ready: Callable[[], None] | None = None,
        must_start: bool = False,
    ) -> None:
        super().__init__(folder if folder is not None else app_folder())
        self._stage = Stage.CREATED
        self._graph = graph
        self._ready = ready
        self._must_start = must_start
        self._initial: str | None = None
        self._user: AppUser | None = None
        self.when_empty(self._deinit)

    @property
    def is_closed(self) -> bool:
        """Whether calls through the environment answer "closed"."""
        return self._stage is Stage.CLOSED

    def run(self, user: AppUser) -> None:
        """Live, in the caller's thread, until closed."""
        self._user = user
        self.home.post(self._enter, Stage.CONFIGURE, user.configure)
        self.live()

    def set_initial(self, json_str: str) -> TenError | None:
        """Replace the document of the app's ``property.json``."""
        try:
            document = loaded(json_str)
        except (ValueError, RecursionError) as exc:
            return bad_json(f"Failed to parse JSON: {exc}")
        if not isinstance(document, dict):
            return bad_json("The root of properties must be a JSON object.")
        self._initial = json_str
        return None

    def stage_done(self, stage: Stage) -> None:
        """Take the acknowledgement of a stage, from any thread; a stray one is ignored."""
        self.home.post(self._advance, stage)

    def _enter(self, stage: Stage, callback: Callable[[], None]) -> None:
        self._stage = stage
        try:
            callback()
        except BaseException as exc:  # noqa: BLE001 - the policy decides
            settle_uncaught(self.log, f"on_{stage.name.lower()}", exc, self.fail)
            self.stage_done(stage)

    def _advance(self, stage: Stage) -> None:
        if self._stage is not stage:
            return
        assert self._user is not None
        if stage is Stage.CONFIGURE:
            try:
                self._load()
            except EngineError as exc:
                self.fail(exc)
            self._enter(Stage.INIT, self._user.init)
        elif stage is Stage.INIT:
            self._stage = Stage.RUNNING
            if self.is_closing:
                self._deinit()
            else:
                self._start_graphs()
                if self._ready is not None:
                    self._ready()
        elif stage is Stage.DEINIT:
            self._stage = Stage.CLOSED
            self.home.stop()

    def _deinit(self) -> None:
        if self._stage is Stage.RUNNING:
            assert self._user is not None
            self._enter(Stage.DEINIT, self._user.deinit)

    def _load(self) -> None:
        use_app_folder(self.folder)
        source = self._source()
        document = source.load(AppError)
        if not isinstance(document, dict):
            raise AppError(f"{source.name}: must hold a JSON object.")
        place = Place(source)
        settings = document.pop("ten", {})
        if not isinstance(settings, dict):
            raise AppError(f"{place / 'ten'}: must be an object.")
        uri = settings.get("uri")
        if isinstance(uri, str) and uri:
            self.uri = uri
        self.is_long_running = settings.get("long_running_mode") is True
        self.store.values = resolved(document, os.environ, source.name)
        graphs = settings.get("predefined_graphs", [])
        if not isinstance(graphs, list):
            raise AppError(f"{place / 'ten' / 'predefined_graphs'}: must be an array.")
        for index, entry in enumerate(graphs):
            self._add_predefined(entry, place / "ten" / "predefined_graphs" / index)

    def _source(self) -> JsonSource:
        if self._initial is not None:
            return JsonSource("init_property_from_json", self._initial, self.folder)
        path = None if self.folder is None else self.folder / "property.json"
        if path is None or not path.is_file():
            return JsonSource("no property.json", "{}", self.folder)
        return JsonSource.of_file(path, AppError)

    def _add_predefined(self, entry: Json, place: Place) -> None:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise GraphError(f"{place}: a predefined graph needs a name.")
        name = entry["name"]
        if name in self.predefined:
            raise GraphError(f"{place}: there are two predefined graphs named '{name}'.")
        # Older files have nodes and connections beside the name.
        inner, at = (entry["graph"], place / "graph") if "graph" in entry else (entry, place)
        self.predefined[name] = Predefined(
            name, entry.get("auto_start") is True, entry.get("singleton") is True, inner, at
        )

    def _start_graphs(self) -> None:
        chosen = [graph for graph in self.predefined.values() if graph.auto_start]
        known = ", ".join(f"'{name}'" for name in self.predefined) or "none at all"
        if self._graph is not None:
            chosen = [graph for graph in self.predefined.values() if graph.name == self._graph]
            if not chosen:
                self.fail(
                    AppError(f"there is no predefined graph '{self._graph}'; there is {known}.")
                )
        elif self._must_start and not chosen:
            self.fail(
                AppError(
                    'no predefined graph has "auto_start": true; choose one to start. '
                    f"There is {known}."
                )
            )
        for graph in chosen:
            try:
                self.start_predefined(graph, self._started)
            except GraphError as exc:
                self.fail(exc)
            if self.is_closing:
                break

    def _started(self, _graph: RunningGraph, error: BaseException | None) -> None:
        if error is not None and not self.is_closing:
            self.fail(error)
