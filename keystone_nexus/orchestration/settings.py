"""What the environment says: where the lake is, whose it is, where new files appear."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from keystone_nexus.lake.home import home_of, remember
from keystone_nexus.lake.lake import Lake, environment, lake_at

ON_S3 = 300
"""Seconds between two looks at a lake on S3."""


class Settings(BaseSettings):
    """Read from `KEYSTONE_*`. An unknown environment is an error, never a default."""

    model_config = SettingsConfigDict(env_prefix="KEYSTONE_", extra="ignore")

    lake: str = Field(default="lake", description="a folder, or s3://NAME")
    env: str = "local"
    source: str | None = Field(default=None, description="what the ingest job reads when it is given nothing")
    drop_dir: Path | None = Field(default=None, description="a directory that a sensor watches for new files")
    last_day: date | None = Field(default=None, description="closes the partition range; open through today if unset")

    tick_seconds: int | None = Field(default=None, description="seconds between two looks of the sensors")

    def every(self, seconds: int) -> int:
        """Seconds between two looks of a sensor that looks every `seconds` on a folder.

        On S3 each look is some paid listings: a look of all sensors every five minutes costs a dollar a month, every
        ten seconds thirty.
        """
        return self.tick_seconds or (ON_S3 if self.lake.startswith("s3://") else seconds)

    def open_lake(self) -> Lake:
        """The lake, its identity checked. Raises Refused for another environment's lake, and in another's DAGSTER_HOME."""
        lake = lake_at(self.lake, environment(self.env))
        lake.check_identity()
        if os.environ.get("DAGSTER_HOME"):
            remember(lake, home_of(lake))
        return lake
