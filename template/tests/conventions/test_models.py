"""What every table, mapped class and relationship has to be; CONVENTIONS.md says why."""

from collections.abc import Iterator

from .finding import Finding, fail
from .models import (
    annotations,
    classes,
    columns,
    imports,
    keys,
    names,
    relationships,
)
from .models.schema import MAPPERS, TABLES
from .waivers import without_waived

OF_TABLES = (
    columns.names_are_in_snake_case,
    columns.moments_are_aware,
{% if not postgresql %}
    columns.moments_have_microseconds,
{% endif %}
    columns.texts_have_a_length,
    columns.unique_columns_have_one_index,
    columns.enums_are_texts,
    keys.foreign_keys_say_what_a_delete_does,
    keys.foreign_keys_are_indexed,
    names.names_come_from_the_convention,
)
OF_MAPPERS = (
    annotations.annotations_decide_about_null,
    classes.tables_are_named_in_the_class,
    classes.rows_tell_when_they_were_made,
    classes.the_database_says_when,
    classes.changes_are_dated,
    classes.what_the_database_fills_in_is_read_back,
    classes.representations_load_nothing,
    classes.hybrids_have_an_sql_form,
)
OF_RELATIONSHIPS = (
    relationships.optional_is_what_may_be_null,
    relationships.both_sides_know_each_other,
    relationships.parts_go_with_the_whole,
    relationships.deletes_agree_with_the_database,
    relationships.relationships_load_nothing_by_surprise,
    relationships.pairs_are_stored_once,
)


def findings() -> Iterator[Finding]:
    """Yield what every check finds."""
    yield from imports.every_model_is_imported()
    yield from names.every_kind_has_a_convention()
    for table in TABLES:
        for check in OF_TABLES:
            yield from check(table)
    for mapper in MAPPERS:
        for check_class in OF_MAPPERS:
            yield from check_class(mapper)
        for relationship in mapper.relationships:
            if relationship.parent is mapper:
                for check_relationship in OF_RELATIONSHIPS:
                    yield from check_relationship(relationship)


def test_models_follow_the_conventions() -> None:
    guarded = (
        found for table in TABLES for found in keys.columns_without_an_index(table)
    )
    # A mixin's attribute is found in each class that has it, and told once.
    fail(dict.fromkeys(without_waived(findings(), "src", guarded)))
