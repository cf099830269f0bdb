"""What PostgreSQL keeps for searches: a trigram index, and every word once.

A trigger keeps the words, whichever way a row is written. Words of rows that are gone
stay: they find nothing.
"""

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from clinic.trigrams import has_trigrams

NO_EXTENSION = (
    "PostgreSQL has no pg_trgm extension here, and this account may not create it. "
    "Exercises are found all the same, more slowly in a large library."
)
SPLIT = r"regexp_split_to_table(btrim({row}.search_text, E' \n'), E'[ \n]+')"
# In one order, so that two imports at once do not wait for each other in a circle
ADD_WORDS = """
INSERT INTO exercises_search_word (word)
SELECT DISTINCT {words} AS word {source} ORDER BY word
ON CONFLICT DO NOTHING
"""
STATEMENTS = (
    "CREATE INDEX IF NOT EXISTS exercises_search_trigrams "
    "ON exercises_exercise USING gin (search_text gin_trgm_ops)",
    "CREATE TABLE IF NOT EXISTS exercises_search_word (word text PRIMARY KEY)",
    "CREATE OR REPLACE FUNCTION exercises_keep_words() RETURNS trigger "
    "LANGUAGE plpgsql AS $$ BEGIN "
    + ADD_WORDS.format(words=SPLIT.format(row="NEW"), source="")
    + "; RETURN NULL; END $$",
    "CREATE OR REPLACE TRIGGER exercises_keep_words "
    "AFTER INSERT OR UPDATE OF search_text ON exercises_exercise "
    "FOR EACH ROW EXECUTE FUNCTION exercises_keep_words()",
    ADD_WORDS.format(words=SPLIT.format(row="e"), source="FROM exercises_exercise e"),
)


def prepare(*, using: str, **kwargs: Any) -> None:
    """Create index and words where there are trigrams; after each migration.

    A database without them works: the reason is told by a system check.
    """
    is_ready.cache_clear()
    if has_trigrams(using):
        with connections[using].cursor() as cursor, transaction.atomic(using=using):
            for statement in STATEMENTS:
                cursor.execute(statement)


@cache
def is_ready(using: str) -> bool:
    """Tell whether the database can narrow a search; asked once a process."""
    if not has_trigrams(using):
        return False
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('exercises_search_trigrams') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def why_slow(using: str = DEFAULT_DB_ALIAS) -> str:
    """Return why PostgreSQL searches without an index; empty when it need not."""
    connection = connections[using]
    if connection.vendor != "postgresql" or is_ready(using):
        return ""
    # Before the first migration nobody has tried to create it.
    is_new = "exercises_exercise" not in connection.introspection.table_names()
    return "" if is_new else NO_EXTENSION


def known_words(words: list[str], swapped: list[str], using: str) -> list[str]:
    """Return the words of the library that are like some of these."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT word FROM exercises_search_word "
            "WHERE word %% ANY(%s) OR word = ANY(%s)",
            [words, swapped],
        )
        return [word for (word,) in cursor.fetchall()]
