"""Writes the copies of what people open that readers of the repository find in it, from the real data.

Insights and charts in `analysis/`, the deck in `presentation/`, the README's pictures in `docs/images/`; the stamp that
all of them bear is `analysis/showcase.json`. Only aggregated figures leave the lake.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAMP = ROOT / "analysis" / "showcase.json"
DECK = "keystone_nexus_executive_summary.pptx"
PICTURES = {"kpi_dashboard": (1280, 1000), "quality_dashboard": (1440, 820)}
"""Page -> width and height of its picture, from the top [pixels]."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="the real dataset: a folder, a zip, or s3://")
    source = parser.parse_args().source
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("the pictures need chromium (apt-get install chromium)", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        keystone = [sys.executable, "-m", "keystone_nexus.cli", "--lake", lake]
        done = subprocess.run([*keystone, "run", "--source", source], check=False)
        if done.returncode:
            return done.returncode
        _copy(lake)
        for page, size in PICTURES.items():
            _picture(browser, lake / "analytics" / f"{page}.html", size, Path(folder) / "profile")
    return 0


def _copy(lake: Path) -> None:
    from keystone_nexus.analytics.gold import gold_of
    from keystone_nexus.analytics.provenance import provenance_of
    from keystone_nexus.lake.lake import Lake

    pages = lake / "analytics"
    shutil.rmtree(ROOT / "analysis" / "charts", ignore_errors=True)
    shutil.copytree(pages / "charts", ROOT / "analysis" / "charts")
    shutil.copy(pages / "key_insights.md", ROOT / "analysis")
    (ROOT / "presentation").mkdir(exist_ok=True)
    shutil.copy(pages / DECK, ROOT / "presentation")
    stamp = provenance_of(Lake(lake), gold_of(Lake(lake)))
    STAMP.write_text(json.dumps(asdict(stamp), indent=2, default=str) + "\n", "utf-8")


def _picture(browser: str, page: Path, size: tuple[int, int], profile: Path) -> None:
    picture = ROOT / "docs" / "images" / f"{page.stem}.png"
    subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
            f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}", page.as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
