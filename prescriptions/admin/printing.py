"""Forms about printing: how a handout looks, and which leaflets go with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms

from clinic import languages
from clinic.models import Actor
from exercises.leaflets import leaflets_for
from exercises.models import Leaflet
from prescriptions import editions
from prescriptions.documents import (
    CHOICES,
    OPTION_NAMES,
    HandoutOptions,
    further_languages,
    language_of,
    usual_options,
)
from prescriptions.models import Program, Revision

FOUR_IN_LARGE = (
    "Large print has no room for four exercises on a page: two are printed on each."
)


class OptionsForm(forms.Form):
    """Print options, to begin with what suits the patient's age."""

    layout = forms.ChoiceField(choices=CHOICES["layout"], required=False)
    size = forms.ChoiceField(choices=CHOICES["size"], required=False, label="Type")
    paper = forms.ChoiceField(choices=CHOICES["paper"], required=False)
    color = forms.ChoiceField(choices=CHOICES["color"], required=False)
    diary = forms.BooleanField(required=False, label="Diary")
    leaflets = forms.BooleanField(required=False, label="Leaflets")
    pictures = forms.BooleanField(required=False, label="Pictures")
    news = forms.BooleanField(required=False, label="What is new")
    language = forms.ChoiceField(
        choices=[("", ""), *languages.choices()], required=False
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(data, **kwargs)

    def chosen(self) -> dict[str, Any]:
        """Return what was chosen, without what the form was sent without."""
        is_whole = "layout" in self.data
        names = [*OPTION_NAMES, "language"]
        found = {name: self.cleaned_data.get(name) for name in names}
        return {k: v for k, v in found.items() if v or (is_whole and v is False)}

    def options(self, usual: HandoutOptions) -> HandoutOptions:
        """Return what was chosen; what the form was sent without stays as usual."""
        return replace(usual, **self.chosen())


def options_form(program: Program) -> OptionsForm:
    """Return the form filled in with what is usual for the patient."""
    usual = usual_options(program)
    form = OptionsForm(initial={name: getattr(usual, name) for name in OPTION_NAMES})
    rows = Revision.objects.of_clinic(program.clinic_id).filter(program=program)
    current = rows.current().first()
    if not rows.exists():
        del form.fields["news"]
    choices = _issued_in(current) if current else _to_be_issued_in(program)
    if len(choices) < 2:
        del form.fields["language"]
    else:
        field: Any = form.fields["language"]
        field.choices = choices
    return form


def _issued_in(revision: Revision) -> list[tuple[str, str]]:
    """Return the languages to print a revision in, and how much stays in another."""
    return [
        (offer.language, f"{offer.name}{_left(offer.untranslated)}")
        for offer in editions.offers(revision)
    ]


def _left(untranslated: int) -> str:
    if not untranslated:
        return ""
    many = "exercise" if untranslated == 1 else "exercises"
    return f" ({untranslated} {many} not translated)"


def _to_be_issued_in(program: Program) -> list[tuple[str, str]]:
    own = language_of(program)
    further = further_languages(own, editions.signed_texts(program))
    return [(code, languages.name(code)) for code in (own, *further)]


def chosen_options(program: Program, data: Mapping[str, Any]) -> HandoutOptions:
    """Return the options of an address; what is missing or wrong stays as usual.

    Of an address without any, ticks are not "off" but not there.
    """
    usual = usual_options(program)
    found: dict[str, Any] = {}
    for name in OPTION_NAMES:
        default = getattr(usual, name)
        value = data.get(name, "")
        if isinstance(default, bool):
            found[name] = default if not data else value in {"on", "true", "1"}
        else:
            found[name] = value if value in dict(CHOICES[name]) else default
    asked = data.get("language", "")
    language = asked if asked in dict(languages.choices()) else ""
    return HandoutOptions(**found, language=language)


class LeafletsForm(forms.Form):
    """Which advice goes with the exercises."""

    leaflets = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, program: Program, by: Actor) -> None:
        super().__init__(data, initial={"leaflets": program.leaflets}, label_suffix="")
        field: Any = self.fields["leaflets"]
        field.choices = _leaflet_choices(program, by)

    def in_order(self) -> list[str]:
        """Return the chosen slugs in the order of the list."""
        chosen = self.cleaned_data["leaflets"]
        field: Any = self.fields["leaflets"]
        return [slug for slug, _ in field.choices if slug in chosen]


def _leaflet_choices(program: Program, by: Actor) -> list[tuple[str, str]]:
    """Return slug and title of each leaflet, in the language it would be printed in."""
    slugs = Leaflet.objects.visible_to(by).published().values_list("slug", flat=True)
    language = language_of(program)
    found = leaflets_for(sorted(set(slugs)), language, program.clinic)
    return [
        (
            leaflet.slug,
            leaflet.title
            if leaflet.language == language
            else f"{leaflet.title} ({leaflet.language})",
        )
        for leaflet in found
    ]
