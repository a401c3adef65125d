"""What an asset function yields."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

Events = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]
