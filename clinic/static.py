"""Static files with the hash of their content in the name."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class ModuleManifestStorage(ManifestStaticFilesStorage):
    """Also rewrites the imports of ES modules, so that they may be cached for ever.

    Files are not compressed beforehand: that took most of the time of a first start,
    and a proxy compresses on the way out.
    """

    support_js_module_import_aggregation = True
