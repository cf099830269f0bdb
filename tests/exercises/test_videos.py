"""Addresses of videos as they are printed."""

import pytest

from exercises.videos import short


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.youtube.com/watch?v=a1-B_2c&t=9s&si=track", "youtu.be/a1-B_2c"),
        ("https://youtu.be/a1-B_2c?si=track", "youtu.be/a1-B_2c"),
        ("https://youtube.com/shorts/a1-B_2c", "youtu.be/a1-B_2c"),
        ("https://www.youtube.com/embed/a1-B_2c", "youtu.be/a1-B_2c"),
        ("https://player.vimeo.com/video/123456?h=x", "vimeo.com/123456"),
        ("https://vimeo.com/123456", "vimeo.com/123456"),
        ("https://www.youtube.com/playlist?list=x", "www.youtube.com/playlist?list=x"),
        ("https://films.example/v?id=1", "films.example/v?id=1"),
    ],
)
def test_a_video_has_its_shortest_address(url: str, shown: str) -> None:
    assert short(url) == f"https://{shown}"
