"""A second French company is made in a running Odoo, which installs by itself what French companies have."""

import pytest

from demo_rpc import Odoo


@pytest.fixture
def admin(odoo_process, odoo_database):
    _process, url = odoo_process()
    return Odoo(url, odoo_database, "admin", "admin")


def test_a_second_french_company_has_its_accounts_and_our_settings(admin):
    [france] = admin.find("res.country", ("code", "=", "FR"))
    company = admin.create("res.company", {"name": "Seconde Société", "country_id": france})
    made = admin.read("res.company", company, "chart_template", "urssaf_environment")
    assert made == {"id": company, "chart_template": "fr", "urssaf_environment": False}
    in_it = {"allowed_company_ids": [company]}
    settings = admin.create("res.config.settings", {"urssaf_sap_number": "SAP999999998"}, context=in_it)
    admin.call("res.config.settings", "execute", [settings], context=in_it)
    assert admin.read("res.company", company, "urssaf_sap_number")["urssaf_sap_number"] == "SAP999999998"
    assert admin.call("account.journal", "search_count", [("type", "=", "sale")], context=in_it)


def test_the_template_has_what_odoo_installs_by_itself_for_a_french_company(odoo_shell):
    output = odoo_shell(
        "company = env.ref('l10n_fr_avance_immediate.demo_company')\n"
        "print('LEFT', company.uninstalled_l10n_module_ids.mapped('name'))\n"
    )
    assert "LEFT []" in output, output
