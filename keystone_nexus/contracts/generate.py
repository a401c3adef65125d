"""Writes what is derived from the contracts, or with `--check` says what is stale.

`python -m keystone_nexus.contracts.generate [--check]`: the catalog, the dbt sources, the data dictionary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from keystone_nexus.contracts.derive import catalog

ROOT = Path(__file__).parents[2]
HEADER = "generated from keystone_nexus/contracts by `make generate`: change the contract, not this file"
SQL_TYPES = {
    "text": "varchar",
    "money": "decimal(12,2)",
    "timestamp": "timestamp",
    "integer": "bigint",
    "coordinate": "double",
}
DAY_COLUMNS = {"year": "Year of the day.", "month": "Month of the day.", "day": "Day of the month."}


def generated() -> dict[Path, str]:
    """Path -> content of every generated file."""
    tables = catalog()["tables"]
    return {
        ROOT / "keystone_nexus/contracts/catalog.json": _json({"note": HEADER, "tables": tables}),
        ROOT / "keystone_nexus_dbt/models/staging/_sources.yml": _dbt_sources(tables),
        ROOT / "docs/data_dictionary.md": _dictionary(tables),
    }


def main() -> int:
    stale = [(p, text) for p, text in generated().items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path, _ in stale:
            print(f"{path.relative_to(ROOT)} is stale: run `make generate`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _dbt_sources(tables: list[dict[str, Any]]) -> str:
    lines = [
        f"# {HEADER}",
        "version: 2",
        "",
        "sources:",
        "  - name: silver",
        """    schema: "{{ 'silver' if target.type == 'duckdb' else target.schema | replace('gold_build', 'silver') }}\"""",
        "    description: Cleaned tables, valid by contract.",
        "    tables:",
    ]
    for table in tables:
        lines += [
            f"      - name: {table['name']}",
            f"        description: {json.dumps(table['description'])}",
            "        config:",
            "          meta:",
            f"            owner: {table['owner']}",
            f"            grain: {table['grain']}",
            f'            dagster: {{asset_key: ["silver", "{table["name"]}"]}}',
            "        columns:",
        ]
        columns = [(c["name"], SQL_TYPES[c["kind"]], _sentence(c)) for c in table["columns"]]
        if table["day"]:
            columns += [(name, "bigint", text) for name, text in DAY_COLUMNS.items()]
        for name, kind, text in columns:
            lines += [
                f"          - name: {name}",
                f"            data_type: {kind}",
                f"            description: {json.dumps(text, ensure_ascii=False)}",
            ]
    return "\n".join(lines) + "\n"


def _dictionary(tables: list[dict[str, Any]]) -> str:
    from keystone_nexus.contracts.catalog import table_of

    lines = ["# Data dictionary: silver", "", f"<!-- {HEADER} -->", ""]
    for raw in tables:
        table = table_of(raw)
        day = "the order's purchase date" if table.day == "parent:orders" else table.day
        lines += [
            f"## {table.name}",
            "",
            table.description,
            "",
            f"Grain: {table.grain}. Key: {', '.join(f'`{k}`' for k in table.key)}. Owner: `{table.owner}`. "
            f"Source: `{table.source_file}`. "
            + (f"Partitioned by day of {day}. " if table.dated else "One snapshot. ")
            + f"Budget of rejected rows: {table.reject_budget:.0%}.",
            "",
            "| column | type | meaning | rules |",
            "| --- | --- | --- | --- |",
        ]
        rules = table.rules()
        for c in raw["columns"]:
            mine = [n for n in rules if n.partition(":")[2] == c["name"]]
            text = _sentence(c) + (" Personal." if c["pii"] else "")
            said = "; ".join(f"`{n.split(':')[0]}` {rules[n]}" for n in mine)
            lines.append(f"| `{c['name']}` | {SQL_TYPES[c['kind']]} | {text} | {said} |")
        across = [n for n in rules if n.startswith("order:")]
        lines += ["", *[f"- `{n}`: {rules[n]}" for n in across]]
        lines += [f"- warning `{n}`: `{sql}` is counted and let pass" for n, sql in table.warnings.items()]
        lines.append("")
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()).replace("\n\n\n", "\n\n") + "\n"


def _sentence(column: dict[str, Any]) -> str:
    unit = f" [{column['unit']}]" if column.get("unit") else ""
    return f"{column['description']}{unit}"


if __name__ == "__main__":
    sys.exit(main())
