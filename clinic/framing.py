"""Pages that pages of the same origin may show in a frame; all others refuse."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.views.decorators.clickjacking import xframe_options_sameorigin


def framed(view: Any) -> Any:
    """Let pages of the same origin show the page of this view in a frame."""
    return xframe_options_sameorigin(csp_replace({"frame-ancestors": [SELF]})(view))
