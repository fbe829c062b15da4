"""What leaves when: one clock per session, in media time."""

__all__: list[str] = []
