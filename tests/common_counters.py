import json

from .common import AvanceImmediateCommon


class CountersCommon(AvanceImmediateCommon):
    """Requests of any amount, without sending anything."""

    @classmethod
    def declare(cls, amount, nature=None, partner=None, company=None, move=None, **values):
        """A request for services of today, as URSSAF has it.

        :param float amount: euros, tax included
        :param nature: its one type of service, a record of ``urssaf.nature``
        """
        company, nature = company or cls.company, nature or cls.nature
        move = move or cls.make_invoice(partner, company=company)
        line = {'codeNature': nature.code, 'mntPrestationTTC': amount}
        return cls.env['urssaf.payment.request'].create(
            {
                'name': move.name,
                'move_id': move.id,
                'partner_id': move.commercial_partner_id.id,
                'company_id': company._urssaf_owner().id,
                'environment': company._urssaf_owner().urssaf_environment,
                'nature_id': nature.id,
                'date_start': cls.day_in_paris(),
                'date_end': cls.day_in_paris(),
                'amount_total': amount,
                'state': 'integrated',
                'next_poll_at': False,
                'payload': json.dumps({'inputPrestations': [line]}),
                **values,
            }
        )
