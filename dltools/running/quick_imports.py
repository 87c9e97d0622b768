"""Imported first by what starts a process: jsonschema does without a grammar that takes it seconds to import.

It is an extra that jsonschema takes where it finds it, for a format of which no notebook makes use.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
