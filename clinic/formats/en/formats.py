"""Days and moments in English, as ``clinic.admin.words`` writes them."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, H:i"
