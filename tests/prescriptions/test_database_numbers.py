"""Connections to PostgreSQL, counted for those who run it."""

import pytest
from django.db import connection

from prescriptions.operations import connections_by_state

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def test_our_own_connection_is_counted_where_there_is_a_server():
    states = connections_by_state()
    if connection.vendor == "postgresql":
        assert states["active"] >= 1
    else:
        assert states == {}
