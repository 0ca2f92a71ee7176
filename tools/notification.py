"""The notice in the corner of the screen, as Odoo's client wants it."""

RELOAD = {'type': 'ir.actions.client', 'tag': 'soft_reload'}
CLOSE = {'type': 'ir.actions.act_window_close'}


def notification(message, kind='success', title="Avance immédiate", sticky=False, then=None):
    """An action that shows a notice.

    :param str kind: success, info, warning or danger
    :param bool sticky: whether it stays until it is clicked away
    :param dict then: the action that follows; by default the screen behind is read again
    """
    return {
        'type': 'ir.actions.client',
        'tag': 'display_notification',
        'params': {'type': kind, 'title': title, 'message': message, 'sticky': sticky, 'next': then or RELOAD},
    }
