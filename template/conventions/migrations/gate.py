"""The checks of the gate, by rule."""

from . import history, locks, schema, steps

CHECKS = {
    "G05": steps.every_step_can_be_taken_back,
    "G08": schema.migrations_make_what_the_models_say,
    "G10": history.git_has_every_revision,
    "G11": history.revisions_of_the_main_branch_are_not_edited,
    "G13": history.there_is_one_head,
    "G14": locks.new_revisions_lock_nobody_out,
    "G16": steps.no_step_loses_a_value,
}
