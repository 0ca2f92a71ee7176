"""Where Odoo comes from, in order: ODOO_DIR, the Debian package, a shallow clone of the public 19.0 branch."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from machine import CACHE, DiskFull, Stop, alone, becoming, run, say

SERIES = '19.0'
PUBLIC_REPOSITORY = 'https://github.com/odoo/odoo.git'
# Odoo's front end links to files of these; the fonts must be Font Awesome 4, which unstable no longer has.
FRONT_END = (
    'libjs-jquery',
    'libjs-underscore',
    'libjs-jquery-form',
    'fonts-roboto-unhinted',
    'fonts-montserrat',
    'fonts-inconsolata',
    'fonts-ocr-b',
)
OLD_RELEASE = 'bookworm'
OLD_FONTS = f'fonts-font-awesome/{OLD_RELEASE}'
# Left out by the package, and its absence fails every tour; an empty one does.
MISSING_FILE = 'mail/static/lib/selfie_segmentation/selfie_segmentation.js'


def ensure():
    """The folder to put on the Python path, and Odoo's addons folders; the version is printed.

    Stops when there is no Odoo to be had, or one of another series.
    """
    given = os.environ.get('ODOO_DIR')
    if given:
        base = Path(given).expanduser().resolve()
        if not (base / 'odoo' / 'release.py').exists():
            raise Stop(f'ODOO_DIR={given} holds no Odoo: give the folder of a source checkout (with odoo/release.py).')
    else:
        base = _packaged() if shutil.which('apt-get') else None
        base = base or _cloned()
    version = _version(base)
    if not version.startswith(SERIES):
        raise Stop(f'Odoo {version} in {base} is of another series: this addon needs {SERIES}.')
    say(f'Odoo {version} ({base})')
    addons = [base / 'odoo' / 'addons', base / 'addons']
    return base, [folder for folder in addons if (folder / 'account').exists() or (folder / 'base').exists()]


def _version(base):
    release = (base / 'odoo' / 'release.py').read_text()
    match = re.search(r'version_info\s*=\s*\([\'"]?([\w~]+)[\'"]?,\s*(\d+)', release)
    return '.'.join(match.groups()) if match else 'unknown'


def _packaged():
    """Odoo of Debian unstable, downloaded with an apt configuration of its own and unpacked, not installed."""
    target = CACHE / f'odoo-{SERIES}'
    if target.exists():
        return target / 'path'
    with alone('odoo-source'):
        if target.exists():
            return target / 'path'
        mirror = _mirror()
        if not mirror:
            return None
        say('Downloading Odoo (about 130 MB)')
        try:
            with becoming(target) as folder:
                _unpack(folder, mirror)
        except DiskFull:
            raise
        except Stop as stop:
            say(f'{stop}')
            return None
    return target / 'path'


def _mirror():
    """The Debian mirror of this machine, from its own apt configuration."""
    sites = subprocess.run(
        ['apt-get', 'indextargets', '--format', '$(SITE) $(ORIGIN) $(COMPONENT)'],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    sites = [line.split()[0] for line in sites if ' Debian ' in f'{line} ' and 'security' not in line]
    if not sites:
        uris = []
        for source in [Path('/etc/apt/sources.list'), *Path('/etc/apt/sources.list.d').glob('*')]:
            if source.exists():
                uris += re.findall(r'(https?://\S+/debian)/?\s', source.read_text())
        sites = uris
    return sites[0] if sites else None


def _unpack(folder, mirror):
    apt = folder / 'apt'
    for name in ('lists/partial', 'cache/archives/partial'):
        (apt / name).mkdir(parents=True)
    keyring = Path('/usr/share/keyrings/debian-archive-keyring.gpg')
    signed = f'[signed-by={keyring}] ' if keyring.exists() else ''
    (apt / 'sources.list').write_text(
        ''.join(f'deb {signed}{mirror} {release} main\n' for release in ('sid', OLD_RELEASE))
    )
    own = [
        '-o',
        f'Dir::Etc::sourcelist={apt}/sources.list',
        '-o',
        'Dir::Etc::sourceparts=/dev/null',
        '-o',
        f'Dir::State::lists={apt}/lists',
        '-o',
        f'Dir::Cache={apt}/cache',
        '-o',
        'Dir::State::status=/dev/null',
        '-o',
        'APT::Sandbox::User=root',
        '-o',
        'Acquire::Retries=2',
    ]
    failure = 'Odoo could not be downloaded: check the network connection, or set ODOO_DIR to a source checkout.'
    run(['apt-get', *own, '-q', '-o', 'APT::Update::Error-Mode=any', 'update'], failure)
    run(
        [
            'apt-get',
            *own,
            '-q',
            'download',
            f'odoo-{SERIES.split(".")[0]}',
            *(f'{name}/sid' for name in FRONT_END),
            OLD_FONTS,
        ],
        failure,
        cwd=folder,
    )
    root = folder / 'root'
    for package in folder.glob('*.deb'):
        run(['dpkg-deb', '-x', package, root], 'The disk may be full: free some space, then start again.')
        package.unlink()
    shutil.rmtree(apt)
    odoo = root / 'usr/lib/python3/dist-packages/odoo'
    file = odoo / 'addons' / MISSING_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    # Only this folder goes on the path: its neighbours in the package are noise.
    (folder / 'path').mkdir()
    (folder / 'path' / 'odoo').symlink_to(os.path.relpath(odoo, folder / 'path'))


def _cloned():
    """A shallow clone, for machines that reach Odoo's public repository."""
    target = CACHE / f'odoo-{SERIES}-git'
    if target.exists():
        return target
    failure = (
        'No Odoo to be had: neither the Debian package nor the public repository can be reached. '
        'Check the network connection, or set ODOO_DIR to a source checkout of Odoo 19.0.'
    )
    if not shutil.which('git'):
        raise Stop(failure)
    with alone('odoo-source'):
        if not target.exists():
            say("Cloning Odoo's public repository")
            with becoming(target) as folder:
                run(
                    ['git', 'clone', '-q', '--depth', '1', '--branch', SERIES, PUBLIC_REPOSITORY, folder],
                    failure,
                    timeout=1800,
                    env={**os.environ, 'GIT_TERMINAL_PROMPT': '0'},
                )
    return target
