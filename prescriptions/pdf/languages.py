"""The language of each part in the structure of a PDF, which the printer leaves out.

WeasyPrint knows the document's language alone (70.0); a reader aloud has to know where
another one begins. Its function that builds the structure is wrapped; should it change
its name, only these marks are lost, and a test tells.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

Builder = Callable[..., Iterator[dict[str, Any]]]
BUILDER = "_build_box_tree"


def mark_languages(structure: ModuleType, text: Callable[[str], Any]) -> None:
    """Let the module that builds structures write the language of each element.

    ``text`` makes a string of a PDF.
    """
    if build := getattr(structure, BUILDER, None):
        setattr(structure, BUILDER, _marking(build, text))


def _marking(build: Builder, text: Callable[[str], Any]) -> Builder:
    def marked(box: Any, *args: Any) -> Iterator[dict[str, Any]]:
        element = getattr(box, "element", None)
        language = element.get("lang") if element is not None else None
        is_root = element is not None and getattr(box, "element_tag", "") == "html"
        for part in build(box, *args):
            # Inner parts were asked first: theirs stays.
            if language and not is_root:
                part.setdefault("Lang", text(language))
            yield part

    return marked
