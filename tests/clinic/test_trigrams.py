"""The index of patients' names on PostgreSQL."""

import pytest
from django.db import connection

VALID = """
SELECT indisvalid FROM pg_index
WHERE indexrelid = to_regclass('clinic_patient_name_parts')
"""


@pytest.mark.django_db
def test_migrating_leaves_a_usable_index_of_names() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("trigrams are PostgreSQL's")
    with connection.cursor() as cursor:
        cursor.execute(VALID)
        assert cursor.fetchone() == (True,)
