"""What a message is inside the runtime.

A public message object (``Cmd``, ``Data``…) is a handle on one of these cores. Sending takes the
core out of the handle, which is what makes the handle invalid; the receiver gets a new handle on
the same core, and only further destinations get copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from ten_runtime._engine.value import copied

if TYPE_CHECKING:
    from typing import Self

    from ten_runtime._engine.call import Hop

__all__ = [
    "CALLBACKS",
    "KINDS",
    "NOWHERE",
    "Address",
    "AudioCore",
    "BufferCore",
    "CmdCore",
    "Core",
    "DataCore",
    "ResultCore",
    "StartGraphCore",
    "StopGraphCore",
    "TriggerCore",
    "VideoCore",
]

KINDS: Final = ("cmd", "data", "audio_frame", "video_frame")
"""The kinds of message that a graph routes; the keys of its connections."""

CALLBACKS: Final = {kind: f"on_{kind}" for kind in KINDS}

Address = tuple[str | None, str | None, str | None]
"""App URI, graph id, extension name; what is not set is None."""

NOWHERE: Final[Address] = (None, None, None)
"""Origin of what was not sent, or was made by the runtime."""


class Core:
    """Name, properties, origin and explicit destinations of one message."""

    __slots__ = ("dests", "name", "props", "source")

    kind: ClassVar[str]
    fields: ClassVar[dict[str, type]] = {"name": str}
    """Built-in fields that paths reach under ``ten.``, with their types."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.props: dict[str, Any] = {}
        self.source: Address = NOWHERE
        self.dests: tuple[Address, ...] = ()

    def clone(self) -> Self:
        """Return an independent copy."""
        twin = type(self)(self.name)
        twin.props = copied(self.props) if self.props else {}
        twin.source = self.source
        twin.dests = self.dests
        return twin


class BufferCore(Core):
    """A message with one buffer, which may be locked."""

    __slots__ = ("buf", "locks")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.buf: bytearray | None = None
        self.locks = 0

    def clone(self) -> Self:
        """Return an independent, unlocked copy."""
        twin = super().clone()
        twin.buf = None if self.buf is None else bytearray(self.buf)
        return twin


class DataCore(BufferCore):
    """Data: properties and a buffer."""

    __slots__ = ()
    kind = "data"


class AudioCore(BufferCore):
    """An audio frame. The numbers describe the buffer but are not derived from it."""

    __slots__ = (
        "bytes_per_sample",
        "data_fmt",
        "is_eof",
        "line_size",
        "number_of_channels",
        "sample_rate",
        "samples_per_channel",
        "timestamp",
    )
    kind = "audio_frame"
    fields: ClassVar[dict[str, type]] = {
        "name": str,
        "timestamp": int,
        "sample_rate": int,
        "samples_per_channel": int,
        "bytes_per_sample": int,
        "number_of_channels": int,
        "data_fmt": int,
        "line_size": int,
        "is_eof": bool,
    }

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.timestamp = 0
        self.sample_rate = 0
        self.samples_per_channel = 0
        self.bytes_per_sample = 0
        self.number_of_channels = 0
        self.data_fmt = 1
        self.line_size = 0
        self.is_eof = False

    def clone(self) -> Self:
        """Return an independent, unlocked copy."""
        twin = super().clone()
        for field in AudioCore.__slots__:
            setattr(twin, field, getattr(self, field))
        return twin


class VideoCore(BufferCore):
    """A video frame."""

    __slots__ = ("height", "is_eof", "pixel_fmt", "timestamp", "width")
    kind = "video_frame"
    fields: ClassVar[dict[str, type]] = {
        "name": str,
        "width": int,
        "height": int,
        "timestamp": int,
        "pixel_fmt": int,
        "is_eof": bool,
    }

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.width = 0
        self.height = 0
        self.timestamp = 0
        self.pixel_fmt = 1
        self.is_eof = False

    def clone(self) -> Self:
        """Return an independent, unlocked copy."""
        twin = super().clone()
        for field in VideoCore.__slots__:
            setattr(twin, field, getattr(self, field))
        return twin


class CmdCore(Core):
    """A command.

    Attributes:
        hop: The way back to whoever sent it, or None while it was not sent.
    """

    __slots__ = ("hop",)
    kind = "cmd"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.hop: Hop | None = None

    def clone(self) -> Self:
        """Return a command of its own; the original's way back is its parent's."""
        twin = super().clone()
        twin.hop = self.hop
        return twin


class StartGraphCore(CmdCore):
    """Asks the app to start a graph, predefined or given as JSON."""

    __slots__ = ("graph_json", "predefined", "sync_stop_before_deinit")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.predefined: str | None = None
        self.graph_json: str | None = None
        self.sync_stop_before_deinit = False

    def clone(self) -> Self:
        """Return a command of its own."""
        twin = super().clone()
        twin.predefined = self.predefined
        twin.graph_json = self.graph_json
        twin.sync_stop_before_deinit = self.sync_stop_before_deinit
        return twin


class StopGraphCore(CmdCore):
    """Asks the app to stop a graph; without an id, the sender's."""

    __slots__ = ("graph_id",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.graph_id: str | None = None

    def clone(self) -> Self:
        """Return a command of its own."""
        twin = super().clone()
        twin.graph_id = self.graph_id
        return twin


class TriggerCore(CmdCore):
    """Releases a life-cycle stage that an extension holds back."""

    __slots__ = ("stage",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stage = ""

    def clone(self) -> Self:
        """Return a command of its own."""
        twin = super().clone()
        twin.stage = self.stage
        return twin


class ResultCore(Core):
    """The answer to a command.

    Attributes:
        status: 0 for OK, 1 for ERROR.
        final: The callee says nothing more.
        completed: The caller gets nothing more; set on delivery.
        hop: The way to the caller.
    """

    __slots__ = ("completed", "final", "hop", "status")
    kind = "cmd_result"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.status = 0
        self.final = True
        self.completed = False
        self.hop: Hop | None = None

    def clone(self) -> Self:
        """Return an independent copy."""
        twin = super().clone()
        twin.status = self.status
        twin.final = self.final
        twin.completed = self.completed
        twin.hop = self.hop
        return twin
