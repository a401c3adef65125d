"""What checkov found, told shortly: python terraform_scan_report.py REPORT... Exit 1 for a failed check, and for a
report that read nothing or could not read something: checkov itself is content with both."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(places: list[str]) -> int:
    """Adds up the reports; each failed check is a line."""
    total = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0}
    sound = bool(places)
    for place in map(Path, places):
        try:
            report = json.loads(place.read_text("utf-8"))
            summary = report["summary"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"terraform: checkov left no report in {place.name}: {error!r}")
            return 1
        for one in report["results"]["failed_checks"]:
            print(f"terraform: {one['check_id']} {one['check_name']}: {one['resource']} ({one['file_path']})")
        if not summary["resource_count"] or not summary["passed"]:
            print(f"terraform: checkov read no resource for {place.name}")
            sound = False
        for name in total:
            total[name] += summary[name]
    said = ", ".join(f"{count} {name}" for name, count in total.items()).replace("_", " ")
    print(f"terraform: checkov: {said}")
    return 0 if sound and not total["failed"] and not total["parsing_errors"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
