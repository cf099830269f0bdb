"""Addresses of videos, as short as their hosts allow, since people type them."""

import re
from urllib.parse import parse_qs, urlsplit

YOUTUBE = {"www.youtube.com", "youtube.com", "m.youtube.com"}
VIMEO = {"vimeo.com", "www.vimeo.com", "player.vimeo.com"}
ID = re.compile(r"[\w-]{5,20}")


def short(url: str) -> str:
    """Return the shortest address of the same video, without what tracks viewers.

    An address of another kind stays as it is.
    """
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    if parts.hostname in YOUTUBE:
        found = parse_qs(parts.query).get("v", steps[1:2])
        host = "youtu.be"
    elif parts.hostname == "youtu.be":
        found, host = steps[:1], "youtu.be"
    elif parts.hostname in VIMEO:
        found, host = [step for step in steps if step.isdigit()], "vimeo.com"
    else:
        return url
    is_video = len(found) == 1 and ID.fullmatch(found[0])
    return f"https://{host}/{found[0]}" if is_video else url
