"""What became of the communes of France: former ones, and the codes and names that today's had before.

``@etalab/decoupage-administratif`` says which codes a commune has absorbed (``anciensCodes``), ``@etalab/cog`` whether
such a code was that of another commune or an older code of the same one. Neither has dates: those of 1959 to 1971 were compared
by hand with INSEE's list of changes since 1943, the others are those of the laws and decrees.

A history is a list of texts ``code<date`` or ``code<date=name``: until that day (excluded) the commune had this code,
and this name where it was another one. They are in the order of time.
"""

# A department gave communes to another (INSEE's codes follow): first day of the new code.
ERAS = {
    # Seine and Seine-et-Oise were divided: law of 10 July 1964
    ('75', '92'): '1968-01-01',
    ('75', '93'): '1968-01-01',
    ('75', '94'): '1968-01-01',
    ('78', '91'): '1968-01-01',
    ('78', '92'): '1968-01-01',
    ('78', '93'): '1968-01-01',
    ('78', '94'): '1968-01-01',
    ('78', '95'): '1968-01-01',
    # Corsica: law of 15 May 1975
    ('20', '2A'): '1976-01-01',
    ('20', '2B'): '1976-01-01',
    # Lyon grew: law of 29 December 1967, a day before the others
    ('01', '69'): '1967-12-31',
    ('38', '69'): '1967-12-31',
    # Single communes
    ('02', '51'): '2017-01-01',
    ('14', '50'): '2018-01-01',
    ('44', '49'): '2016-01-01',
    ('49', '44'): '2018-01-01',
    ('55', '54'): '1997-01-01',
    ('80', '62'): '1971-01-01',
}
# Where the general rule is wrong, or says nothing.
SINGLE = {
    '69299': ['38119<1971-04-01'],  # Colombier-Saugnieu followed later
    # They were in Essonne for two years only.
    '78143': ['78143<1968-01-01', '91143<1969-11-29'],
    '78620': ['78620<1968-01-01', '91620<1969-11-29'],
    # The youngest districts of Lyon were made of older ones.
    '69388': ['69387<1959-02-08=Lyon 7e Arrondissement'],
    '69389': ['69385<1964-08-12=Lyon 5e Arrondissement'],
    # Parted from Guadeloupe: law of 21 February 2007
    '97701': ['97123<2007-07-15'],
    '97801': ['97127<2007-07-15'],
}
# Names that were changed before the editions at hand, of towns whose old name says nothing of the new one: last day known.
RENAMED = {'51108': ('Châlons-sur-Marne', '1995-11-15'), '62427': ('Hénin-Liétard', '1971-01-01')}
MAYOTTE_DEPARTMENT = '2011-03-31'  # 985 before
# "Communes nouvelles", with their communes déléguées, exist since the law of 16 December 2010, "communes associées" since
# that of 16 July 1971: who is one was a commune before.
BEFORE_NEW_COMMUNES = '2011-01-01'
BEFORE_ASSOCIATIONS = '1971-07-16'
COG_EDITION, EDITION = '2018-01-01', '2026-01-01'
EXISTED_BEFORE = {
    'commune-actuelle': COG_EDITION,
    'commune-deleguee': BEFORE_NEW_COMMUNES,
    'commune-associee': BEFORE_ASSOCIATIONS,
}


class _Sources:
    """Both packages, by code."""

    def __init__(self, communes, cog):
        self.today = [item for item in communes if item['type'] == 'commune-actuelle']
        self.parts = {
            item['code']: item for item in communes if item['type'] in ('commune-deleguee', 'commune-associee')
        }
        self.cog = {item['code']: item for item in cog}

    def renumbered(self, code, commune):
        """The code that this former code was changed to, when it is the same commune's; else None."""
        item = self.cog.get(code)
        if (
            item
            and item['type'] == 'ancien-code'
            and item['nouveauCode'] in {commune['code'], *commune['anciensCodes']}
        ):
            return item['nouveauCode']
        return None

    def name(self, code):
        """The name of a former commune. Abolished before Corsica was divided, it is under a code that never was."""
        item = self.parts.get(code) or self.cog.get(code) or self.cog.get(f'2A{code[2:]}') or self.cog[f'2B{code[2:]}']
        return item['nom']

    def bounds(self, code):
        """A day before which this former commune surely was one ('' when nothing is known), and one when it was no more."""
        item = self.cog.get(code)
        if item and item['type'] == 'ancien-code':  # it moved, and was abolished later or at once
            item = self.cog.get(item['nouveauCode'])
        kind = item and item['type']
        return EXISTED_BEFORE.get(kind, ''), EDITION if kind == 'commune-actuelle' else COG_EDITION

    def older_names(self, commune):
        """Names this commune had under today's code, as (name, a day before which it had it), later ones last."""
        code = commune['code']
        result = [RENAMED[code]] if code in RENAMED else []
        if code in self.parts:
            result.append((self.parts[code]['nom'], BEFORE_NEW_COMMUNES))
        item = self.cog.get(code)
        if item and item['type'] == 'commune-actuelle':
            result = [older for older in result if older[0] != item['nom']] + [(item['nom'], COG_EDITION)]
        return [(name, until) for name, until in result if name != commune['nom']]


def _change(code, until, name, later_name):
    return f'{code}<{until}' + (f'={name}' if name != later_name else '')


def _renumberings(sources):
    """``{new code: [(old code, date, name at the time)]}``."""
    result = {}
    for commune in sources.today:
        for code in commune.get('anciensCodes', ()):
            new = sources.renumbered(code, commune)
            if new and new not in SINGLE:
                result.setdefault(new, []).append((code, ERAS[code[:2], new[:2]], sources.cog[code]['nom']))
    return result


def former_communes(communes, cog):
    """Communes that are no more, and names that are no more.

    :return: tuples of code, name, code of what it is today, day before which it surely was there (or ''), day on which it
        surely was no more
    """
    sources = _Sources(communes, cog)
    renumberings = _renumberings(sources)
    result = set()
    for commune in sources.today:
        for code in commune.get('anciensCodes', ()):
            if not sources.renumbered(code, commune):
                result.add((code, sources.name(code), commune['code'], *sources.bounds(code)))
        names = dict(sources.older_names(commune))
        result |= {
            (commune['code'], name, commune['code'], until, EDITION if until == COG_EDITION else COG_EDITION)
            for name, until in names.items()
        }
        for code, until, name in renumberings.get(commune['code'], ()):
            if name != commune['nom'] and name not in names:
                result.add((code, name, commune['code'], until, COG_EDITION))
    return sorted(result)


def histories(communes, cog):
    """``{(code, False): history}`` for today's communes, ``{(code, name): history}`` for former ones."""
    sources = _Sources(communes, cog)
    renumberings = _renumberings(sources)
    result = {(code, False): history for code, history in SINGLE.items()}
    for commune in sources.today:
        code, name = commune['code'], commune['nom']
        changes = sorted((until, old, older) for old, until, older in renumberings.get(code, ()))
        changes += [(until, code, older) for older, until in sources.older_names(commune)]
        if code.startswith('976'):
            changes.append((MAYOTTE_DEPARTMENT, f'985{code[3:]}', name))
        if changes:
            result[code, False] = [_change(old, until, older, name) for until, old, older in sorted(changes)]
    for code, name, *_more in former_communes(communes, cog):
        if code in renumberings:
            result[code, name] = [_change(old, until, older, name) for old, until, older in renumberings[code]]
    return result
