"""Builds the avatars of Avamotion from CC0 data: see README.md beside this file."""

__all__: list[str] = []
