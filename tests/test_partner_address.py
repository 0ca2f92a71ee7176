from lxml import etree

from odoo.tests import Form, tagged

from ..urssaf.street import COMPLEMENT_LENGTH, STREET_NAME_LENGTH
from .common import AvanceImmediateCommon

PARTS = ('number', 'letter', 'type', 'name')


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPartnerAddress(AvanceImmediateCommon):
    """Odoo's street lines in the parts that URSSAF wants: filled in, shown, corrected by hand."""

    def parts(self, partner):
        return (
            *(partner[f'urssaf_street_{part}'] or '' for part in PARTS),
            partner.urssaf_address_complement or '',
            partner.urssaf_address_locality or '',
        )

    def test_both_lines_are_split(self):
        partner = self.make_household(
            "Luce Ligne", street="Résidence du Parc, bât. B", street2="12 ter av. du Maréchal de Lattre de Tassigny"
        )
        self.assertEqual(
            self.parts(partner), ('12', 'T', 'AV', "du Mal de Lattre de Tassigny", "Résidence du Parc, bât. B", '')
        )
        partner.write({'street': "Kerlann", 'street2': False})
        self.assertEqual(self.parts(partner), ('', '', '', '', '', "Kerlann"))
        self.assertFalse(partner._urssaf_missing_sentences())

    def test_the_form_shows_the_parts_while_typing_and_keeps_what_is_corrected(self):
        partner = self.make_household("Luce Saisie", street=False).with_user(self.clerk).with_company(self.company)
        with Form(partner) as form:
            form.street = "3 A rue des Lilas, lieu-dit Le Moulin"
            self.assertEqual(form.urssaf_street_name, "des Lilas")
            self.assertEqual(form.urssaf_address_complement, "N° 3 A")
            form.urssaf_street_name = "des Lilas Blancs"
        self.assertEqual(self.parts(partner), ('3', '', 'R', "des Lilas Blancs", "N° 3 A", "Le Moulin"))
        partner.name = "Luce Autre"
        self.assertEqual(partner.urssaf_street_name, "des Lilas Blancs")

    def test_one_part_given_does_not_empty_the_others(self):
        """An import brings a street and one part of its own."""
        partner = self.env['res.partner'].create(
            {'name': "Luce Import", 'street': "12 bis rue des Lilas", 'urssaf_address_complement': "Bât. C"}
        )
        self.assertEqual(self.parts(partner), ('12', 'B', 'R', "des Lilas", "Bât. C", ''))
        partner.write({'street': "7 place Haute", 'urssaf_street_letter': 'T'})
        self.assertEqual(self.parts(partner), ('7', 'T', 'PL', "Haute", '', ''))

    def test_a_company_has_no_parts(self):
        company = self.env['res.partner'].create({'name': "Société", 'is_company': True, 'street': "12 rue des Lilas"})
        self.assertEqual(self.parts(company), ('',) * 6)

    def test_what_is_too_long_is_said_with_its_limit(self):
        long = "12 rue de Saint-Germain-des-Prés-les-Arpajon-sur-Loire"
        partner = self.make_household("Luce Longue", street=long)
        self.assertIn("longer than 28", ' '.join(partner._urssaf_missing_sentences()))

    def test_the_limits_of_the_form_are_those_of_the_rules(self):
        arch = etree.fromstring(self.env['res.partner'].with_user(self.clerk).get_view(view_type='form')['arch'])
        limits = {
            'urssaf_street_name': STREET_NAME_LENGTH,
            'urssaf_address_complement': COMPLEMENT_LENGTH,
            'urssaf_address_locality': COMPLEMENT_LENGTH,
        }
        for name, limit in limits.items():
            options = arch.xpath(f"//field[@name='{name}']")[0].get('options')
            self.assertEqual(options, f"{{'limit': {limit}}}", name)
