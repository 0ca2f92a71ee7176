"""A finding: one thing that would be refused, said before any call."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """``code`` names the finding and its sentence, which ``params`` fill; ``field`` is the Odoo field to point at.

    A ``warning`` does not keep the document from leaving.
    """

    code: str
    field: str
    params: dict[str, Any] = dataclass_field(default_factory=dict, compare=False)
    level: Literal["error", "warning"] = "error"


def error(code: str, field: str, /, **params: Any) -> Finding:
    """A finding that keeps the document here."""
    return Finding(code, field, params)


def warning(code: str, field: str, /, **params: Any) -> Finding:
    """A finding that is told but does not block."""
    return Finding(code, field, params, "warning")
