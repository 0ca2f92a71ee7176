"""Several faults at once at the simulator, each with its share of all calls."""


def drawn(shares):
    """What the simulator is told. The first fault that fits is taken: each probability is one among what the earlier ones leave.

    :param shares: of each fault its name, its share of all calls, and its options
    :rtype: list[dict]
    """
    left, told = 1.0, []
    for name, share, options in shares:
        told.append({'name': name, 'probability': share / left, 'times': None, **options})
        left -= share
    return told
