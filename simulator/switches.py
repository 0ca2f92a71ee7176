"""Variants of the API (CONTRACT §14, §15): everything on which the sources disagree can be switched."""

# name: (default, allowed values). The default is the best evidenced form.
SWITCHES: dict[str, tuple[object, tuple]] = {
    # Do statuses move by the clock?
    "automatic": (True, (True, False)),
    # M010
    "mail_plus": (True, (True, False)),
    # M020
    "m020_by_mail": (True, (True, False)),
    "m020_key": ("statut", ("statut", "statutTransmission")),
    "m020_array": (False, (True, False)),
    "stamp_seconds": (True, (True, False)),
    "stamp_zone": ("UTC", ("UTC", "Europe/Paris")),
    # M050: what one bad item does to its batch: a malformed one sinks it, any bad one does, none does
    "sink_batch": ("malformed", ("malformed", "any", "never")),
    "ten_means": ("invoices", ("invoices", "lines", "both")),
    "max_items": (10, range(1, 101)),
    "quantity_decimals": (2, (2, 3)),
    "unit_price_decimals": (3, (2, 3)),
    "check_net_total": (False, (True, False)),
    "success_errors": ("absent", ("absent", "empty", "null")),
    "refusal_status": ("absent", ("absent", "code")),
    # Off, a number sent twice is recorded twice: shows that it is the caller who sends it once
    "duplicate_check": (True, (True, False)),
    # M070
    "search_by_number": (True, (True, False)),
    "empty_search": ("error", ("error", "list")),
    "errors_key": ("errors", ("errors", "Errors", "absent", "null")),
    "empty_blocks": ("absent", ("absent", "null")),
    "scheduled_transfer": ("omitted", ("omitted", "null", "amount", "absent")),
    # Days between status 70 and the value date of its transfer
    "transfer_delay_days": (0, range(61)),
}
# Words used for the two values of a switch, in place of true and false.
WORDS = {"sink_batch": {True: "any", False: "never"}, "empty_search": {True: "list", False: "error"}}


def defaults() -> dict:
    return {name: default for name, (default, _allowed) in SWITCHES.items()}


def checked(values: dict) -> dict:
    """The values, ready to be stored.

    :raises ValueError: unknown switch or value; the text says which and what is possible
    """
    result = {}
    for name, value in values.items():
        if name not in SWITCHES:
            raise ValueError(f"Unknown switch {name!r}. Known: {', '.join(SWITCHES)}.")
        default, allowed = SWITCHES[name]
        if isinstance(value, bool):
            value = WORDS.get(name, {}).get(value, value)
        if isinstance(value, bool) != isinstance(default, bool) or value not in allowed:
            choice = list(allowed) if len(allowed) < 10 else f"{allowed[0]} to {allowed[-1]}"
            raise ValueError(f"Switch {name!r} takes one of {choice}.")
        result[name] = value
    return result
