"""What is untold has an index of its own: that of all events held one value, a million times."""


def migrate(cr, version):
    if version:
        cr.execute("DROP INDEX IF EXISTS urssaf_payment_request_event__is_told_index")
