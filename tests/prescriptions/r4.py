"""Rules of FHIR R4 (4.0.1) for what our Bundles hold, one by one.

Types and cardinalities are judged by the models of fhirclient; here stand the rules
that those do not know: invariants, required bindings, targets of references, formats
of primitives, units. ``docs/fhir.md`` lists them.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

Json = dict[str, Any]
Rule = Callable[[Json], bool]

XHTML = "{http://www.w3.org/1999/xhtml}"
REQUEST = "draft active on-hold revoked completed entered-in-error unknown"
# Path -> codes of a required binding
CODES: Mapping[str, str] = {
    "Bundle.type": "collection",
    "CarePlan.status": REQUEST,
    "CarePlan.intent": "proposal plan order option",
    "ServiceRequest.status": REQUEST,
    "ServiceRequest.intent": "proposal plan directive order original-order"
    " reflex-order filler-order instance-order option",
    "Goal.lifecycleStatus": "proposed planned accepted active on-hold completed"
    " cancelled entered-in-error rejected",
    "Condition.clinicalStatus.coding.code": "active recurrence relapse inactive"
    " remission resolved",
    "Condition.verificationStatus.coding.code": "unconfirmed provisional differential"
    " confirmed refuted entered-in-error",
    "DocumentReference.status": "current superseded entered-in-error",
    "DocumentReference.docStatus": "preliminary final amended entered-in-error",
    "Provenance.entity.role": "derivation revision quotation source removal",
    "*.telecom.system": "phone fax email pager url sms other",
    "*.text.status": "generated extensions additional empty",
    "*.repeat.periodUnit": "s min h d wk mo a",
    "*.repeat.durationUnit": "s min h d wk mo a",
    "*.repeat.dayOfWeek": "mon tue wed thu fri sat sun",
    "*.repeat.when": "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE"
    " EVE.early EVE.late NIGHT PHS HS WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV",
}
# Path -> types that a reference may point at
TARGETS: Mapping[str, str] = {
    "CarePlan.subject": "Patient Group",
    "CarePlan.author": "Patient Practitioner PractitionerRole Device RelatedPerson"
    " Organization CareTeam",
    "CarePlan.addresses": "Condition",
    "CarePlan.goal": "Goal",
    "CarePlan.activity.reference": "Appointment CommunicationRequest DeviceRequest"
    " MedicationRequest NutritionOrder Task ServiceRequest VisionPrescription"
    " RequestGroup",
    "ServiceRequest.basedOn": "CarePlan ServiceRequest MedicationRequest",
    "ServiceRequest.subject": "Patient Group Location Device",
    "ServiceRequest.requester": "Practitioner PractitionerRole Organization Patient"
    " RelatedPerson Device",
    "ServiceRequest.performer": "Practitioner PractitionerRole Organization CareTeam"
    " HealthcareService Patient Device RelatedPerson",
    "ServiceRequest.reasonReference": "Condition Observation DiagnosticReport"
    " DocumentReference",
    "Goal.subject": "Patient Group Organization",
    "Condition.subject": "Patient Group",
    "Patient.managingOrganization": "Organization",
    "DocumentReference.subject": "Patient Practitioner Group Device",
    "DocumentReference.author": "Practitioner PractitionerRole Organization Device"
    " Patient RelatedPerson",
    "DocumentReference.custodian": "Organization",
    "Provenance.target": "CarePlan",
    "Provenance.agent.who": "Practitioner PractitionerRole RelatedPerson Patient"
    " Device Organization",
    "Provenance.agent.onBehalfOf": "Practitioner PractitionerRole RelatedPerson"
    " Patient Device Organization",
}
TIME = {"a", "mo", "wk", "d", "h", "min", "s", "ms"}
UCUM = TIME | {"kg", "[lb_av]", "{repetitions}"}
DAY = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
CLOCK = r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)"
# Member -> form of its primitive, wherever it stands
FORMS: Mapping[str, str] = {
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "versionId": r"[A-Za-z0-9\-.]{1,64}",
    "system": r"[^\s]+",
    "url": r"[^\s]+",
    "fullUrl": r"https?://[^\s]+",
    "code": r"[^\s]+( [^\s]+)*",
    "valueCode": r"[^\s]+( [^\s]+)*",
    "language": r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?",
    "timestamp": DAY + CLOCK,
    "recorded": DAY + CLOCK,
    "created": f"{DAY}({CLOCK})?",
    "authoredOn": f"{DAY}({CLOCK})?",
    "start": f"{DAY}({CLOCK})?",
    "end": f"{DAY}({CLOCK})?",
    "birthDate": DAY,
    "dueDate": DAY,
    "startDate": DAY,
    "hash": r"[A-Za-z0-9+/]+={0,2}",
}
URIS = re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+")


def has(*names: str) -> Rule:
    return lambda node: all(name in node for name in names)


def has_one(*names: str) -> Rule:
    return lambda node: any(name in node for name in names)


def needs(name: str, other: str) -> Rule:
    """If there is the one, there has to be the other."""
    return lambda node: name not in node or other in node


def begins(node: Json, stem: str) -> bool:
    """Whether it has an element of several types, such as detailString."""
    return any(name.startswith(stem) for name in node)


def in_order(node: Json) -> bool:
    return not ("start" in node and "end" in node) or node["start"] <= node["end"]


def value_of(node: Json) -> list[str]:
    return [name for name in node if name.startswith("value")]


def is_time(node: Json) -> bool:
    return "value" not in node or node.get("code") in TIME


# Both together only while nothing was entered in error, which we never say so
CONDITION = ("clinicalStatus", "verificationStatus")
# Invariant -> path that it is of ("*." at any depth), and what has to hold
INVARIANTS: Mapping[str, tuple[str, Rule]] = {
    "bdl-1": ("Bundle", lambda n: "total" not in n),
    "bdl-2": ("Bundle.entry", lambda n: "search" not in n),
    "bdl-3": ("Bundle.entry", lambda n: "request" not in n),
    "bdl-4": ("Bundle.entry", lambda n: "response" not in n),
    "bdl-5": ("Bundle.entry", has("resource")),
    "bdl-8": ("Bundle.entry", lambda n: "/_history/" not in n["fullUrl"]),
    "cpl-3": ("CarePlan.activity", lambda n: not has("detail", "reference")(n)),
    "prr-1": ("ServiceRequest", needs("orderDetail", "code")),
    "gol-1": ("Goal.target", lambda n: "measure" in n or not begins(n, "detail")),
    "con-4": ("Condition", lambda n: not begins(n, "abatement")),
    "con-5": ("Condition", lambda n: not has(*CONDITION)(n)),
    "pat-1": ("Patient.contact", has_one("name", "telecom", "address", "organization")),
    "org-1": ("Organization", has_one("name", "identifier")),
    "org-2": ("Organization.address", lambda n: n.get("use") != "home"),
    "org-3": ("Organization.telecom", lambda n: n.get("use") != "home"),
    "prov-1": ("Provenance.agent", lambda n: n["who"] != n.get("onBehalfOf")),
    "att-1": ("*.attachment", needs("data", "contentType")),
    "cpt-2": ("*.telecom", needs("value", "system")),
    "per-1": ("*.period", in_order),
    "per-1 (bounds)": ("*.boundsPeriod", in_order),
    "qty-3": ("*.valueQuantity", needs("code", "system")),
    "drt-1": ("*.valueDuration", is_time),
    "ext-1": ("*.extension", lambda n: ("extension" in n) != bool(value_of(n))),
    "tim-1": ("*.repeat", needs("duration", "durationUnit")),
    "tim-2": ("*.repeat", needs("period", "periodUnit")),
    "tim-4": ("*.repeat", lambda n: n.get("duration", 0) >= 0),
    "tim-5": ("*.repeat", lambda n: n.get("period", 0) >= 0),
    "tim-6": ("*.repeat", needs("periodMax", "period")),
    "tim-7": ("*.repeat", needs("durationMax", "duration")),
    "tim-8": ("*.repeat", needs("countMax", "count")),
    "tim-9": ("*.repeat", needs("offset", "when")),
    "tim-10": ("*.repeat", lambda n: not has("timeOfDay", "when")(n)),
    "our count": ("*.repeat", lambda n: "count" not in n),
    "frequency is positive": ("*.repeat", lambda n: n.get("frequency", 1) > 0),
    "dom-2": ("*", lambda n: "contained" not in n),
    "dom-6": ("Bundle.entry.resource", has_one("text", "contentType")),
}


def faults_of(bundle: Json) -> list[str]:
    """Return every rule that the Bundle breaks, with the place."""
    return [*_nodes("Bundle", bundle, ""), *_whole(bundle)]


def _nodes(path: str, value: Any, name: str) -> Iterator[str]:
    if isinstance(value, list):
        if not value:
            yield f"{path}: an empty list"
        for one in value:
            yield from _nodes(path, one, name)
        return
    if not isinstance(value, dict):
        yield from _primitive(path, value, name)
        return
    if not value:
        yield f"{path}: ele-1, an empty element"
    yield from _element(path, value)
    for key, inner in value.items():
        kind = inner.get("resourceType") if isinstance(inner, dict) else None
        if kind and key == "resource":
            yield from _broken("Bundle.entry.resource", inner)
        yield from _nodes(kind or f"{path}.{key}", inner, key)


def _element(path: str, node: Json) -> Iterator[str]:
    yield from _broken(path, node)
    if "reference" in node and isinstance(node["reference"], str):
        kinds = TARGETS.get(path, "").split()
        if node["reference"].partition("/")[0] not in kinds:
            yield f"{path}: may not point at {node['reference']}"
    if node.get("system") == "http://unitsofmeasure.org" and node["code"] not in UCUM:
        yield f"{path}: no unit of UCUM: {node['code']}"
    if path.endswith(("coding", "identifier")) and not URIS.fullmatch(node["system"]):
        yield f"{path}: the system is no absolute URI"
    if path.endswith(".text") and "div" in node:
        yield from _narrative(path, node["div"])


def _broken(path: str, node: Json) -> Iterator[str]:
    for key, (where, holds) in INVARIANTS.items():
        if _is_at(path, where) and not holds(node):
            yield f"{path}: {key}"


def _is_at(path: str, where: str) -> bool:
    return path == where or (where[0] == "*" and path.endswith(where[1:]))


def _narrative(path: str, div: str) -> Iterator[str]:
    """txt-1 and txt-2: plain markup with some text in it."""
    tree = ElementTree.fromstring(div)  # noqa: S314 (our own output)
    if {one.tag for one in tree.iter()} - {f"{XHTML}div", f"{XHTML}p"}:
        yield f"{path}: txt-1"
    if not "".join(tree.itertext()).strip():
        yield f"{path}: txt-2"


def _primitive(path: str, value: Any, name: str) -> Iterator[str]:
    if value is None:
        yield f"{path}: null"
    if not isinstance(value, str):
        if name in FORMS:
            yield f"{path}: {value!r} is no text"
        return
    if value != value.strip() or not value:
        yield f"{path}: empty, or space around it"
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", value):
        yield f"{path}: control characters"
    form = FORMS.get(name)
    if form and not re.fullmatch(form, value):
        yield f"{path}: {value} is not of its form"
    for where, known in CODES.items():
        if _is_at(path, where) and value not in known.split():
            yield f"{path}: {value} is no code of its list"


def _whole(bundle: Json) -> Iterator[str]:
    """bdl-7, ids that fit their addresses, references that resolve, the PDF."""
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    if len(set(urls)) < len(urls):
        yield "bdl-7"
    for entry in bundle["entry"]:
        resource = entry["resource"]
        own = f"/{resource['resourceType']}/{resource['id']}"
        if not entry["fullUrl"].endswith(own):
            yield f"{entry['fullUrl']}: is not that of its resource"
        if resource["resourceType"] == "Binary":
            base64.b64decode(resource["data"], validate=True)
    held = {"/".join(url.split("/")[-2:]) for url in urls}
    for name in _named(bundle):
        if name not in held:
            yield f"{name}: is not in the Bundle"


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
