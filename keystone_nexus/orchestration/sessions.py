"""One view of the lake per Dagster run: all of its steps build from the same ledger position."""

from typing import TYPE_CHECKING

import dagster as dg

from keystone_nexus.orchestration.settings import Settings

if TYPE_CHECKING:
    from keystone_nexus.transforms.build import Session

_latest: list["Session"] = []
"""The session of the run that this process is at: its steps share what they looked up. Others are dropped."""


class LakeResource(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """The lake of the environment (`KEYSTONE_LAKE`, `KEYSTONE_ENV`)."""

    def session(self, run_id: str) -> "Session":
        """The run's session, opened by its first step that reads bronze."""
        from keystone_nexus.transforms.build import Session

        if not _latest or _latest[0].run_id != run_id:
            _latest[:] = [Session(Settings().open_lake(), run_id)]
        return _latest[0]

    def forget(self) -> None:
        """After bronze changed: the next step looks anew."""
        _latest.clear()
