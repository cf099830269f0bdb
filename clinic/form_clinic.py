"""Forms know the clinic they were made in: each ``{% csrf_token %}`` says it.

Who works in several clinics may choose another one in a second window. A form opened
before, and sent afterwards, must not write into the clinic chosen last.
"""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

FIELD = "form_clinic"

register = template.Library()


class FormClinicNode(CsrfTokenNode):
    """The token against forged requests, and for staff the clinic beside it."""

    def render(self, context: Any) -> str:
        """Return the hidden inputs."""
        token = super().render(context)
        actor = getattr(getattr(context, "request", None), "actor", None)
        if actor is None:
            return token
        clinic = '{}<input type="hidden" name="{}" value="{}">'
        return format_html(clinic, token, FIELD, actor.clinic_id)


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormClinicNode:
    """Stand in for Django's own tag, so that no form can be forgotten."""
    return FormClinicNode()


def clinic_of_form(request: HttpRequest) -> str:
    """Return the id of the clinic that a form was made in; empty where none says."""
    return request.POST.get(FIELD, "") if request.method == "POST" else ""
