"""What RESULTS.md says in words."""

DATABASES = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL or MariaDB",
    "sqlite": "SQLite",
}
CONTESTANTS = {
    "best": "fastest way",
    "core": "Core",
    "orm": "ORM",
    "ours": "ours",
    "rows": "ours, rows",
    "before": "ours, before",
    "rows_before": "ours, rows, before",
    "advanced": "advanced-alchemy",
    "loop": "ORM in a loop",
}
OPERATIONS = {
    "insert": "insert 10,000",
    "upsert": "upsert 5,000, half are there",
    "update": "update 10,000 by key",
    "get": "get by key, 2,000 times",
    "tree": "list 50 parents with children and grandchildren, 200 times",
    "first_page": "page 1 of a million rows, 200 times",
    "far_page": "page 10,000 of a million rows, 200 times",
    "stream": "stream 100,000",
}
HEAD = """\
# Results

Written by `make bench`; times are shown as ratios, since only these travel from one machine to
another. In each round every contestant does the same work once, in random order, in a process of its
own; a ratio is taken within a round. Shown are the median and the range of {rounds} rounds.
The whole run took {minutes} minutes.

{versions}
"""
NOTES = """\
## How to run it

```bash
make bench                                             # everything; writes this file
make bench ARGS="--rounds=2 --seconds=2 --output=/tmp/try"   # a try of everything
make bench ARGS="--database sqlite --concurrency sync --operation insert upsert"
make bench ARGS="--against v1.0.0 --operation get"     # beside the data layer of a commit
```

It needs what `make test` needs: projects are rendered and installed into `.cache/bench`, and the
servers are those that the tests find or fetch. It takes two cores and 3 GB of memory for their data.

## What is compared

All contestants are given the same Python values, do a whole unit of work from BEGIN to COMMIT, and
leave the same rows: these are laid out afresh before each turn and looked at after it, and so is what
was read. A contestant that fails or cheats ends the run.

| contestant | is |
|---|---|
| raw driver | psycopg 3, PyMySQL, asyncmy, sqlite3 or aiosqlite: `executemany`, rows as they come |
| fastest way | PostgreSQL: COPY, into a temporary table for upserts and updates; MySQL: an update from a temporary table. For the rest `executemany` is the fastest: of many rows in a statement on MySQL, of a prepared one on SQLite |
| Core | SQLAlchemy Core by hand, on the project's tables, types and engine |
| ORM | entities and bulk statements by hand, on the same engine |
| ours | the rendered project's `Repository` and `unit_of_work` |
| ours, rows | its read path for lists: `page_of_rows` and read models, as the shop's lists |
| advanced-alchemy | its repository's `add_many`, `upsert_many`, `update_many`, `get`, `get_many` |
| ORM in a loop | `session.add` in a loop, or load, change and flush |

- The rows have a key, a unique text, a name, 64-bit cents, a stock, a moment in UTC, an enum, two times
  that the database keeps and a version, all by the project's own types and mixins.
- `get` reads 2,000 different rows in one session. Lists and pages open a session each.
- Pages are ordered by a moment that three rows share, and by key, the newest first.
- Ours counts what an upsert inserted and updated, and does not write what does not differ. The others
  do neither; here all rows differ.
- Each write counts the version up and sets the time of the change. The ORM by hand does the former
  row by row: it is told the version that it expects. advanced-alchemy's bulk methods count no
  versions and are excused; it has models of its own kind, so that they can take their fast ways. It
  has no stream, and no pages by key: these are by hand.
- Connections are kept. SQLAlchemy's are tried before use (`pool_pre_ping`), as the project sets it.
- Servers keep their data in memory and wait for no disk. A real disk makes writes slower for all
  alike, and ratios smaller.
"""
WEB = """\
## HTTP: 20 orders with their lines from PostgreSQL: larger is better

![HTTP](http.svg)

Requests a second of one uvicorn process on a core of its own, 32 connections, {seconds:g} s each,
{rounds} rounds in random order. All answer the same JSON by two statements. raw: rows and plain JSON,
psycopg with its pool's transaction, asyncpg without any; ours: `GET /orders` as rendered; entities:
the ORM, a session for each request, a response model; sync: endpoints in threads.

{table}"""
IMPORTS = """\
## Import: `import-products`, each in a fresh process

{table}
The peak is the whole process's resident memory.
"""
GROWTH = """\
## Read routing, and a pooler

One unit of work after the other, each way in turns, {rounds} rounds of 200; shown are the medians and
quartiles of the ratio to the same without. The replica is the primary once more, and the pooler (PgBouncer,
transaction mode, on the same machine) has nobody else, so that this is what they cost, not what they gain.

{table}"""
