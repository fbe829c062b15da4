"""How well Avamotion's mouth speaks, beside other open libraries: ``make motion-report``."""
