"""Every operation of the committed document, called with what it allows and more."""

import pytest
import schemathesis
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clinic.roles import KEY_SCOPES
from tests.clinic.api.client import Api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Ends the key that the walk is made with
LEFT_OUT = {"/api/v1/keys/current/rotate"}
CALM = settings(
    max_examples=12,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.full


def test_no_operation_answers_in_a_way_that_is_not_documented(program):
    api = Api(program.clinic, *sorted(KEY_SCOPES))
    headers = {"Authorization": f"Bearer {api.secret}"}
    seen: set[int] = set()
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())
    faults = [
        fault
        for found in schema.get_all_operations()
        if (operation := found.ok()).path not in LEFT_OUT
        for fault in faults_of(operation, headers, seen)
    ]
    assert not faults, "\n\n".join(faults)
    assert {200, 201, 400, 404} <= seen


def faults_of(operation, headers, seen):
    """Yield what went wrong with one operation."""

    @seeded(1)
    @CALM
    @given(case=operation.as_strategy())
    def call(case):
        cache.clear()
        answer = case.call(headers=headers)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    try:
        call()
    except BaseExceptionGroup as group:
        for error in group.exceptions:
            yield f"{operation.label}: {type(error).__name__} {str(error)[:600]}"
