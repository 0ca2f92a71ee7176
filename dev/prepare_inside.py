"""What every test database has once rather than each class of tests again; run in `odoo shell`."""

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.l10n_fr_avance_immediate.tests.common import PEOPLE, PREPARED, make_user

# As many as one class of tests has companies with a chart of accounts of their own.
COMPANIES = 3
# Pages that no test of ours opens. Odoo makes the bundles of every page before the first test, and theirs take more than ours.
UNVISITED = (
    'api_doc.docclient',
    'mail.discuss_public_channel_template',
    'spreadsheet.public_spreadsheet_layout',
    'web.qunit_suite',
    'web.test_helpers',
    'web.unit_tests_suite',
)


def prepare(env):
    """Companies with the French chart, which takes longer than most tests, their users, and the browser's bundles."""
    french = env.ref('base.fr')
    companies = env['res.company'].create(
        [
            {'name': f'{PREPARED} {number}', 'country_id': french.id, 'currency_id': french.currency_id.id}
            for number in range(1, COMPANIES + 1)
        ]
    )
    for company in companies:
        env['account.chart.template'].try_loading('fr', company=company, install_demo=False)
        company.currency_id = french.currency_id
    for login, *groups in PEOPLE.values():
        make_user(env, companies[0], login, *groups)
    # The user that Odoo's class of accounting tests begins with; its password alone costs as much as a test.
    type('Prepared', (AccountTestInvoicingCommon,), {'env': env}).setup_independent_user()
    env['ir.ui.view'].search([('key', 'in', UNVISITED)]).active = False
    env['ir.qweb']._pregenerate_assets_bundles()
    env.cr.commit()
