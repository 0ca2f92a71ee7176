"""Runs inside `odoo shell` with OCA's queue_job beside: our entry points are jobs, performed as its workers perform them."""

from odoo import api
from odoo.modules.registry import Registry

from inside_odoo import MODULE, prepare

# In the order in which they are performed.
ENTRY_POINTS = (
    ('urssaf.payment.request', '_submit_due'),
    ('urssaf.payment.request', '_cron_submit'),
    ('urssaf.payment.request', '_sync_due'),
    ('urssaf.payment.request', '_cron_sync'),
    ('urssaf.registration', '_sync_due'),
)


def install(play):
    """As an administrator installs it."""
    with play.system() as env:
        env['ir.module.module'].update_list()
        env['ir.module.module'].search([('name', '=', 'queue_job')]).button_immediate_install()
    with Registry(play.registry.db_name).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        return env['ir.module.module'].search([('name', '=', 'queue_job')]).state


def perform(play, count):
    """Requests of so many invoices, sent and followed by jobs alone.

    :return: how each job has ended, the states of the requests, their numbers, and what the addon depends on
    """
    from odoo.addons.queue_job.controllers.main import RunJobController  # noqa: PLC0415  not on the path of other checks
    from odoo.addons.queue_job.job import Job  # noqa: PLC0415

    prepare(play)
    made = play.make_invoices(count)
    with play.user() as env:
        requests = env['account.move'].browse([move_id for move_id, _name in made])._urssaf_create_requests().ids
    with play.system() as env:
        for model, method in ENTRY_POINTS:
            # They commit between two calls: said once to the queue, in its own settings.
            env['queue.job.function'].create(
                {'model_id': env['ir.model']._get_id(model), 'method': method, 'allow_commit': True}
            )
    ended = {}
    for model, method in ENTRY_POINTS:
        play.make_due(requests=requests)
        play.control('clock', advance_hours=1)
        with play.system() as env:
            uuid = getattr(env[model].with_delay(), method)().uuid
        with play.system() as env:
            job = Job.load(env, uuid)
            job.set_enqueued()
            job.store()
        with play.system() as env:
            RunJobController._runjob(env, RunJobController._acquire_job(env, uuid))
        with play.system() as env:
            ended[f'{model}.{method}'] = Job.load(env, uuid).state
    with play.system() as env:
        found = env['urssaf.payment.request'].browse(requests)
        return {
            'jobs': ended,
            'states': found.mapped('state'),
            'numbers': found.mapped('name'),
            'depends': env['ir.module.module'].search([('name', '=', MODULE)]).dependencies_id.mapped('name'),
        }
