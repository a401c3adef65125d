"""The real dataset from Kaggle, through Kaggle's own client library and the user's own token."""

from __future__ import annotations

import os
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused

DATASET = "olistbr/brazilian-ecommerce"
ARCHIVE = "brazilian-ecommerce.zip"


def download(folder: Path) -> Path:
    """Downloads the archive (43 MB) to `folder`, whole or not at all. Returns its path."""
    _check_token()
    from kaggle.api.kaggle_api_extended import KaggleApi

    folder.mkdir(parents=True, exist_ok=True)
    part = folder / ".part"
    try:
        api = KaggleApi()
        api.authenticate()
        api.dataset_download_files(DATASET, path=str(part), quiet=True)
    except Exception as error:
        raise EnvironmentFault(
            f"Kaggle did not give {DATASET}: {str(error).splitlines()[0]}; try again later"
        ) from error
    target = folder / ARCHIVE
    os.replace(part / ARCHIVE, target)
    part.rmdir()
    return target


def _check_token() -> None:
    """The client library exits the process without a token: say how to get one instead."""
    home = Path(os.environ.get("KAGGLE_CONFIG_DIR") or Path.home() / ".kaggle")
    has_file = any((home / name).exists() for name in ("kaggle.json", "access_token"))
    has_environment = "KAGGLE_API_TOKEN" in os.environ or {"KAGGLE_USERNAME", "KAGGLE_KEY"} <= os.environ.keys()
    if not has_file and not has_environment:
        raise Refused(
            f"no Kaggle token: make one at kaggle.com (Settings, API), put kaggle.json in {home} "
            "or set KAGGLE_USERNAME and KAGGLE_KEY, then run this again"
        )
