"""axe-core: what of a page a screen reader, a keyboard or weak eyes cannot use (WCAG 2.1, A and AA)."""

import json

import npm

VERSION = '4.10.3'
RULES = ('wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa')


def ensure(workshop):
    """Its program text, installed when it is not there yet."""
    return (npm.ensure(workshop, 'axe-core', VERSION, 'axe-core') / 'axe-core' / 'axe.min.js').read_text()


def violations(browser, program, part, apart=None):
    """What is wrong in a part of the page that a browser shows.

    :param browser.Browser browser: with the page open
    :param str program: see ``ensure``
    :param str part: a CSS selector
    :param dict apart: CSS selectors by rule: what it says of these elements does not count
    :return: a line for each element: the rule, what it wants, the element
    :rtype: list[str]
    """
    browser.run(f'{program}; undefined')
    found = browser.run(f"""(() => {{
        const apart = {json.dumps(apart or {})};
        const line = (rule, node) => `${{rule.id}}: ${{rule.help}} – ${{node.html.slice(0, 300)}} – `
            + (node.any.concat(node.all).map((check) => check.message)[0] || '');
        return axe.run({{include: [{json.dumps(part)}]}}, {{
            runOnly: {json.dumps(RULES)}, resultTypes: ['violations'], elementRef: true,
        }}).then(
            (result) => result.violations.flatMap((rule) => rule.nodes
                .filter((node) => !(rule.id in apart && node.element.matches(apart[rule.id])))
                .map((node) => line(rule, node))),
            (error) => [`axe: ${{error}}`]);
    }})()""")
    return ['axe did not run'] if found is None else found
