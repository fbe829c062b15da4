"""The engine under the public modules: nothing in here is for extensions to import."""

__all__: list[str] = []
