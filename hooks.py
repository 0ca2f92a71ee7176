"""What happens once: when a server process loads the module, when it is installed, and when it is uninstalled."""

from .controllers.household_privacy import mask_links_in_logs
from .tools.failed_queries import mask_failed_queries
from .urssaf.transport import mask_people_in_logs

PARAMETERS = 'l10n_fr_avance_immediate.%'
ACTIVITIES = (
    'l10n_fr_avance_immediate.mail_activity_type_urssaf',
    'l10n_fr_avance_immediate.mail_activity_type_urssaf_household',
)


def post_load():
    """The loggers of other modules that write down what passes here: no private link, no value of a household in them."""
    mask_links_in_logs()
    mask_failed_queries()
    mask_people_in_logs()


def post_init_hook(env):
    """After the tables of INSEE are loaded: the contacts that were there before get what is known of them."""
    env['res.partner']._urssaf_fill_in()


def uninstall_hook(env):
    """Before the module goes: leave no secret, no bank account of ours and no record that speaks of a model of ours.

    Odoo drops our tables, columns and records by itself, but not what others hold of them.

    :param odoo.api.Environment env: in superuser mode
    """
    accounts = env['res.partner.bank'].with_context(active_test=False).search([('urssaf_is_ours', '=', True)])
    accounts._urssaf_forgettable()._urssaf_forget()
    env['ir.config_parameter'].search([('key', '=like', PARAMETERS)]).unlink()
    if 'base_import.mapping' in env:  # headings of spreadsheets that lead to fields of ours
        env['base_import.mapping'].search([('field_name', '=like', 'urssaf_%')]).unlink()
    # An activity type in use cannot be deleted.
    kinds = [kind.id for name in ACTIVITIES if (kind := env.ref(name, raise_if_not_found=False))]
    env['mail.activity'].with_context(active_test=False).search([('activity_type_id', 'in', kinds)]).unlink()
    models = [name for name in env.registry if name.startswith(('urssaf.', 'insee.'))]
    for name, field in (
        ('mail.message', 'model'),
        ('mail.followers', 'res_model'),
        ('mail.activity', 'res_model'),
        ('ir.attachment', 'res_model'),
        ('ir.filters', 'model_id'),
    ):
        env[name].with_context(active_test=False).search([(field, 'in', models)]).unlink()
