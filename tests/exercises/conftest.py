"""Hypothesis without a deadline: shared machines stall, the properties do not."""

from hypothesis import settings

settings.register_profile("catcamel", deadline=None)
settings.load_profile("catcamel")
