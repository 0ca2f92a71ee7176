"""The simulator's own clock: real time plus an offset, or frozen."""

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that can be set (also into the past), advanced and frozen. Times are aware and in UTC."""

    def __init__(self, start: datetime | None = None):
        self._offset = timedelta(0)
        self._frozen: datetime | None = None
        if start:
            self.set(start)

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        if self._frozen:
            self._frozen = moment
        else:
            self._offset = moment - datetime.now(UTC)

    def advance(self, hours: float) -> None:
        self.set(self.now() + timedelta(hours=hours))

    def freeze(self, frozen: bool) -> None:
        now = self.now()
        self._frozen = None
        self.set(now)
        self._frozen = now if frozen else None

    def dump(self) -> dict:
        return {
            "offset_seconds": self._offset.total_seconds(),
            "frozen_at": self._frozen.isoformat() if self._frozen else None,
        }

    def load(self, data: dict) -> None:
        self._offset = timedelta(seconds=data["offset_seconds"])
        self._frozen = datetime.fromisoformat(data["frozen_at"]) if data["frozen_at"] else None
