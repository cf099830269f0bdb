"""Text of strangers made plain: no markup, no hidden characters, one step a line."""

import re
import warnings

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

LONGEST_SOURCE = 20_000
# From here on one paragraph is several steps
LONG_PARAGRAPH = 200
# Control characters, marks without width, and those that turn the direction of text
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# What no text of ours holds, as the models refuse it
CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
GAPS = re.compile(r"[ \t\r\n\xa0]+")
TAG = re.compile(r"<[a-zA-Z/!]")
BLOCKS = [
    "p",
    "li",
    "br",
    "div",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "blockquote",
    "pre",
    "hr",
]
GONE = [
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "template",
    "noscript",
    "svg",
    "math",
    "head",
    "title",
]
# What Markdown puts before a line, and around words
BULLET = re.compile(r"^\s*(?:[-*+•–]|\(?\d{1,2}[.)])\s+|^\s*(?:#{1,6}|>)\s*")  # noqa: RUF001
LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\((?:[^()\s]|\([^()\s]{0,99}\)){0,500}\)")
STRONG = re.compile(r"(\*\*|__|`)(?=\S)(.{1,300}?)(?<=\S)\1")
LIGHT = re.compile(r"(?<![\w*])[*_](?=[^\s*_])([^*_\n]{1,300}?)(?<=\S)[*_](?![\w*])")
RULE = re.compile(r"^\s*[-*_=]{3,}\s*$")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ¿¡])")


def has_hidden(text: str) -> bool:
    """Tell whether characters stand in the text that nobody sees."""
    return bool(HIDDEN.search(text))


def one_line(text: str) -> str:
    """Return the text in one line, without hidden characters."""
    return GAPS.sub(" ", HIDDEN.sub("", text)).strip()


def steps_of(text: str) -> list[str]:
    """Return HTML, Markdown or plain text as plain lines, one step each."""
    plain = _without_tags(text) if TAG.search(text) else text
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = [line for one in lines if (line := plain_line(one))]
    if len(found) == 1 and len(found[0]) > LONG_PARAGRAPH:
        return sentences(found[0])
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return SENTENCE.split(text)


def first_as_start(steps: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return start position and steps: many collections tell it as the first step."""
    return (steps[0], steps[1:]) if len(steps) > 1 else ("", steps)


def plain_line(text: str) -> str:
    """Return a line without the signs of Markdown and without HTML."""
    if RULE.match(text):
        return ""
    bare = _without_tags(text) if TAG.search(text) else text
    bare = LINK.sub(r"\1", BULLET.sub("", bare))
    bare = STRONG.sub(r"\2", bare)
    return one_line(LIGHT.sub(r"\1", bare))


def _without_tags(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(text, "html.parser")
    for tag in soup.find_all(GONE):
        tag.decompose()
    for tag in soup.find_all(BLOCKS):
        tag.insert_before("\n")
        tag.insert_after("\n")
    return soup.get_text()
