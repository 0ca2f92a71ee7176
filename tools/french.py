"""What is written to URSSAF: in French, whatever the user's language."""

# Where a provider writes to about one of its customers (CONTRACT §1.15).
URSSAF_EMAIL = 'avance-immediate@urssaf.fr'
FRENCH = 'fr_FR'


def in_french(record):
    """The record whose sentences are French; as it is where nobody has installed that language.

    :param odoo.models.BaseModel record: of any model
    """
    return record.with_context(lang=FRENCH) if record.env['res.lang']._get_data(code=FRENCH) else record
