"""Server, TEN graph and page in one process: a face that says what one types."""

__all__: list[str] = []
