"""SQL with the lake's plain schema names, as Athena needs it: with the environment's databases."""

from __future__ import annotations

from keystone_nexus.glue.names import SCHEMAS

DIALECT = "athena"


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
    """Whether it is one statement that only reads."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    words = sql.strip().lower().split(None, 1)
    if words and words[0] in ("show", "describe", "desc", "explain"):
        return ";" not in sql.strip().rstrip(";")
    try:
        statements = [s for s in sqlglot.parse(sql, dialect=DIALECT) if s is not None]
    except SqlglotError:
        return bool(words) and words[0] in ("select", "with", "values") and ";" not in sql.strip().rstrip(";")
    return len(statements) == 1 and isinstance(statements[0], (exp.Query, exp.Values))
