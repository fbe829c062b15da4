"""Sound to blocks for all sessions, in a process of its own.

The event loop must send what is due within milliseconds, and numpy, the network and Opus hold the
interpreter's lock for longer than that. So they have an interpreter of their own; and what kills
it, a decoder that crashes on hostile bytes, say, kills no session.

`worker` decides what is computed when, `link` owns the process, `message` is what crosses over,
`process` and `turn` are what runs there.
"""

__all__: list[str] = []
