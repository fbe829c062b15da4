"""A fuzzer for every parser of ours."""

__all__: list[str] = []
