"""Static files with the hash of their content in the name."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports of ES modules, so that they may be cached for ever."""

    support_js_module_import_aggregation = True
