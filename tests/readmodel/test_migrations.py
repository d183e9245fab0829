from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from readmodel import migrate as migration
from readmodel.migrate import migrate
from tests.readmodel.databases import Server

SCHEMA = Path(migration.__file__).with_name("schema.sql")

CATALOGS = {
    "columns": """
        select table_name, ordinal_position, column_name, data_type, is_nullable, column_default, is_identity
        from information_schema.columns where table_schema = 'public' order by 1, 2""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace order by 1, 2""",
    "indexes": "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2",
    "triggers": "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1",
    "functions": """
        select p.proname, p.prosrc from pg_proc p
        where pronamespace = 'public'::regnamespace
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1""",
    "sequences": "select sequencename, data_type::text from pg_sequences where schemaname = 'public' order by 1",
    "extensions": "select extname from pg_extension order by 1",
}


async def _catalogs(url: str) -> dict[str, list[tuple[object, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return {name: [tuple(row) for row in await connection.fetch(sql)] for name, sql in CATALOGS.items()}
    finally:
        await connection.close()


async def test_all_migrations_together_equal_the_schema(server: Server) -> None:
    by_migrations, by_schema = await server.create("template0"), await server.create("template0")
    await migrate(by_migrations)
    connection = await asyncpg.connect(by_schema)
    await connection.execute(SCHEMA.read_text())
    await connection.close()

    made, written = await _catalogs(by_migrations), await _catalogs(by_schema)

    assert len(made["columns"]) > 100
    assert made == written


async def test_four_who_migrate_at_once_apply_each_migration_once(server: Server) -> None:
    url = await server.create("template0")

    applied = await asyncio.gather(*(migrate(url) for _ in range(4)))

    names = sorted(path.stem for path in migration.MIGRATIONS.glob("*.sql"))
    assert sorted(name for one in applied for name in one) == names


async def test_a_migrated_database_is_left_as_it_is(server: Server) -> None:
    assert await migrate(await server.create()) == []


def test_every_migration_waits_only_shortly_for_a_lock() -> None:
    for path in migration.MIGRATIONS.glob("*.sql"):
        assert "set local lock_timeout = '4s';" in path.read_text(), path.name
        assert path.stem.split("_")[1] in {"pre", "post"}, path.name
