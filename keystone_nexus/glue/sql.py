"""SQL with the lake's plain schema names, as Athena needs it: with the environment's databases."""

from __future__ import annotations

import re

from keystone_nexus.glue.names import SCHEMAS

DIALECT = "athena"
REMARKS = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
EXPLAIN = re.compile(
    rf"{REMARKS}explain\b{REMARKS}(analyze\b{REMARKS}(verbose\b)?)?{REMARKS}(\(\s*(type|format)\b[^()]*\))?(?P<what>.*)",
    re.IGNORECASE | re.DOTALL,
)


def with_databases(sql: str, prefix: str) -> str:
    """The same text with `<prefix>silver.` where a table is named by the schema `silver`, and so on.

    Only the schema of a table is changed, never an alias, a column or a text. SQL that cannot be read stays as it
    is: Athena says what is wrong with it.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if not prefix:
        return sql
    try:
        statements = sqlglot.parse(sql, dialect=DIALECT)
    except SqlglotError:
        return sql
    starts: list[int] = []
    for statement in statements:
        for table in statement.find_all(exp.Table) if statement else ():
            schema = table.args.get("db")
            if isinstance(schema, exp.Identifier) and schema.name.lower() in SCHEMAS and "start" in schema.meta:
                starts.append(int(schema.meta["start"]) + int(bool(schema.args.get("quoted"))))
    for start in sorted(set(starts), reverse=True):
        sql = sql[:start] + prefix + sql[start:]
    return sql


def is_read_only(sql: str) -> bool:
    """Whether it is one statement that only reads. What is explained is judged too: `explain analyze` runs it."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    words = re.sub(rf"^{REMARKS}", "", sql, flags=re.DOTALL).lower().split(None, 1)
    one = ";" not in sql.strip().rstrip(";")
    if words and words[0] == "explain":
        explained = EXPLAIN.fullmatch(sql)
        return explained is not None and is_read_only(explained["what"])
    if words and words[0] in ("show", "describe", "desc"):
        return one
    try:
        statements = [s for s in sqlglot.parse(sql, dialect=DIALECT) if s is not None]
    except SqlglotError:
        return bool(words) and words[0] in ("select", "with", "values") and one
    if len(statements) != 1 or not isinstance(statements[0], (exp.Query, exp.Values)):
        return False
    return not any(statements[0].find_all(exp.Into, exp.Insert, exp.Update, exp.Delete, exp.Create))
