"""Fields of ours on Odoo's models that the program decides: nobody writes them from outside."""


def may_write(env, field):
    """Whether a field of ours may be written by whoever asks: a read-only one by the program alone, in the system's name.

    Odoo asks this for each value of ``write`` and ``create``, be it from a form, an import, another program or a default
    of the context. What a form shows read-only is not protected by that. (For reading it asks at each field that it reads
    ahead: the callers do not come here then.)

    :param odoo.api.Environment env: who asks
    :param odoo.fields.Field field: of a model that is not ours
    :rtype: bool
    """
    return env.su or not field.readonly or not field.name.startswith('urssaf_')
