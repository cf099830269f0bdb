"""Clinic, practitioners and patient as FHIR R4 resources. Pure: no queries."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import quote

from clinic.models import Clinic, Patient, Practitioner
from clinic.models.people import NumberElsewhere

Json = dict[str, Any]
ID_SYSTEM = "urn:catcamel:id:"
EXTERNAL_SYSTEM = "urn:catcamel:external-id:"
LANGUAGES = "urn:ietf:bcp:47"
# What a system must look like to be told as it stands; R4 judges OIDs and UUIDs too
URI = re.compile(
    r"https?://[^\s/?#]+[^\s]*"
    r"|urn:oid:[0-2](\.(0|[1-9]\d*))+"
    r"|urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|urn:(?!oid:|uuid:)[a-z0-9][a-z0-9-]{1,31}:[^\s]+"
)


def reference(kind: str, pk: Any, display: str = "") -> Json:
    """Return a reference to a resource of the Bundle."""
    return {"reference": f"{kind}/{pk}"} | ({"display": display} if display else {})


def identifier(kind: str, pk: Any) -> Json:
    """Return our own identifier of a thing."""
    return {"system": f"{ID_SYSTEM}{kind}", "value": str(pk)}


def language_code(code: str) -> str:
    """Return a language as BCP 47 writes it: zh-Hans, pt-BR."""
    first, *others = code.split("-")
    cased = (one.title() if len(one) == 4 else one.upper() for one in others)
    return "-".join([first.lower(), *cased])


def narrative(*paragraphs: str) -> Json:
    """Return texts as the narrative of a resource; empty ones are left out."""
    told = "".join(f"<p>{escape(one.strip())}</p>" for one in paragraphs if one.strip())
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{told}</div>'
    return {"status": "generated", "div": div}


def organization(clinic: Clinic) -> Json:
    """Return the clinic."""
    address = clinic.address.strip()
    return {
        "resourceType": "Organization",
        "id": str(clinic.pk),
        "text": narrative(clinic.name, address),
        "identifier": [identifier("clinic", clinic.pk)],
        "name": clinic.name.strip(),
        **_telecom(phone=clinic.phone, email=clinic.email),
        **({"address": [{"text": address}]} if address else {}),
    }


def practitioner(person: Practitioner, numbers: Iterable[NumberElsewhere] = ()) -> Json:
    """Return a practitioner with the numbers of other systems."""
    credential = person.credential.strip()
    told = [{"code": {"text": credential}}] if credential else []
    return {
        "resourceType": "Practitioner",
        "id": str(person.pk),
        "text": narrative(person.name, credential),
        "identifier": [identifier("practitioner", person.pk), *_others(numbers)],
        "name": [{"text": person.name.strip()}],
        **({"qualification": told} if told else {}),
    }


def patient(person: Patient) -> Json:
    """Return the patient with the numbers of other systems."""
    numbers = _others(person.external_ids.all())
    code = language_code(person.language)
    language = {"coding": [{"system": LANGUAGES, "code": code}]}
    return {
        "resourceType": "Patient",
        "id": str(person.pk),
        "text": narrative(person.name, person.date_of_birth.isoformat()),
        "identifier": [identifier("patient", person.pk), *numbers],
        "name": [{"text": person.name.strip()}],
        "birthDate": person.date_of_birth.isoformat(),
        **_telecom(phone=person.phone, email=person.email),
        **_contact(person),
        "communication": [{"language": language, "preferred": True}],
        "managingOrganization": reference("Organization", person.clinic_id),
    }


def _contact(person: Patient) -> Json:
    """Return the guardian, if there is one."""
    name, relation = person.guardian_name.strip(), person.guardian_relation.strip()
    if not name:
        return {}
    told = {"relationship": [{"text": relation}]} if relation else {}
    contact = {"name": {"text": name}}
    return {"contact": [told | contact | _telecom(phone=person.guardian_phone)]}


def _others(numbers: Iterable[NumberElsewhere]) -> list[Json]:
    return [
        {"system": external_system(row), "value": row.value.strip()} for row in numbers
    ]


def external_system(row: NumberElsewhere) -> str:
    """Return the system of an external id as an absolute URI."""
    system = row.system.strip()
    return system if URI.fullmatch(system) else EXTERNAL_SYSTEM + quote(system, safe="")


def _telecom(**ways: str) -> Json:
    points = [{"system": k, "value": v.strip()} for k, v in ways.items() if v.strip()]
    return {"telecom": points} if points else {}
