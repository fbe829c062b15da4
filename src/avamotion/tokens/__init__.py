"""Tokens: who may come in."""

__all__: list[str] = []
