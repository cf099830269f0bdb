"""Clinic, practitioners and patient as FHIR R4 resources. Pure: no queries."""

from typing import Any
from urllib.parse import quote

from clinic.models import Clinic, Patient, Practitioner
from clinic.models.people import ExternalId

Json = dict[str, Any]
ID_SYSTEM = "urn:catcamel:id:"
EXTERNAL_SYSTEM = "urn:catcamel:external-id:"
LANGUAGES = "urn:ietf:bcp:47"


def reference(kind: str, pk: Any, display: str = "") -> Json:
    """Return a reference to a resource of the Bundle."""
    return {"reference": f"{kind}/{pk}"} | ({"display": display} if display else {})


def identifier(kind: str, pk: Any) -> Json:
    """Return our own identifier of a thing."""
    return {"system": f"{ID_SYSTEM}{kind}", "value": str(pk)}


def organization(clinic: Clinic) -> Json:
    """Return the clinic."""
    address = clinic.address.strip()
    return {
        "resourceType": "Organization",
        "id": str(clinic.pk),
        "identifier": [identifier("clinic", clinic.pk)],
        "name": clinic.name,
        **_telecom(phone=clinic.phone, email=clinic.email),
        **({"address": [{"text": address}]} if address else {}),
    }


def practitioner(person: Practitioner) -> Json:
    """Return a practitioner."""
    credential = person.credential.strip()
    told = [{"code": {"text": credential}}] if credential else []
    return {
        "resourceType": "Practitioner",
        "id": str(person.pk),
        "identifier": [identifier("practitioner", person.pk)],
        "name": [{"text": person.name}],
        **({"qualification": told} if told else {}),
    }


def patient(person: Patient) -> Json:
    """Return the patient with the numbers of other systems."""
    numbers = [
        {"system": external_system(row), "value": row.value}
        for row in person.external_ids.all()
    ]
    language = {"coding": [{"system": LANGUAGES, "code": person.language}]}
    return {
        "resourceType": "Patient",
        "id": str(person.pk),
        "identifier": [identifier("patient", person.pk), *numbers],
        "name": [{"text": person.name}],
        "birthDate": person.date_of_birth.isoformat(),
        **_telecom(phone=person.phone, email=person.email),
        **_contact(person),
        "communication": [{"language": language, "preferred": True}],
        "managingOrganization": reference("Organization", person.clinic_id),
    }


def _contact(person: Patient) -> Json:
    """Return the guardian, if there is one."""
    if not person.guardian_name:
        return {}
    relation = person.guardian_relation
    told = {"relationship": [{"text": relation}]} if relation else {}
    contact = {"name": {"text": person.guardian_name}}
    return {"contact": [told | contact | _telecom(phone=person.guardian_phone)]}


def external_system(row: ExternalId) -> str:
    """Return the system of an external id as an absolute URI."""
    is_uri = row.system.startswith(("http://", "https://", "urn:"))
    return row.system if is_uri else EXTERNAL_SYSTEM + quote(row.system, safe="")


def _telecom(**ways: str) -> Json:
    points = [{"system": k, "value": v.strip()} for k, v in ways.items() if v.strip()]
    return {"telecom": points} if points else {}
