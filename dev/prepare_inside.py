"""What every test database has once rather than each class of tests again; run in `odoo shell`."""

# tests/common.py knows them by this.
PREPARED = 'Prepared for a test'
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
    """Companies with the French chart, which takes longer than most tests, and the browser's bundles."""
    french = env.ref('base.fr')
    for number in range(1, COMPANIES + 1):
        company = env['res.company'].create(
            {'name': f'{PREPARED} {number}', 'country_id': french.id, 'currency_id': french.currency_id.id}
        )
        env['account.chart.template'].try_loading('fr', company=company, install_demo=False)
        company.currency_id = french.currency_id
    env['ir.ui.view'].search([('key', 'in', UNVISITED)]).active = False
    env['ir.qweb']._pregenerate_assets_bundles()
    env.cr.commit()
