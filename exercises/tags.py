"""Closed lists of the library: vocabulary, tags and what a tag implies."""


def flag_choices() -> list[tuple[str, str]]:
    """Return tag and label of each flag that a patient may carry."""
    return []


def unknown_tags(tags: list[str]) -> list[str]:
    """Return the tags that are not in the closed list."""
    return []


def term_errors(values: object) -> dict[str, str]:
    """Return field -> sentence for values outside the vocabulary."""
    return {}
