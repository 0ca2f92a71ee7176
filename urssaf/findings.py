"""A finding: one thing that would be refused, said before any call."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """``code`` names the finding, ``field`` the Odoo field to point at.

    ``message_id`` is the key of its sentence in ``messages.MESSAGES``, which ``params`` fill.
    A ``warning`` does not keep the document from leaving.
    """

    code: str
    field: str
    message_id: str
    params: dict[str, Any] = dataclass_field(default_factory=dict, compare=False)
    level: Literal["error", "warning"] = "error"


def error(code: str, field: str, /, **params: Any) -> Finding:
    """A finding that keeps the document here; its sentence has the name of its code."""
    return Finding(code, field, code, params)


def warning(code: str, field: str, /, **params: Any) -> Finding:
    """A finding that is told but does not block."""
    return Finding(code, field, code, params, "warning")
