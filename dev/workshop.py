"""Everything that is needed to run Odoo with this addon, got once and found again."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import clock
import odoo_source
import postgres
import system_packages
import virtualenv
from machine import ADDON, AT, ROOT, STATE, Stop


@dataclass
class Workshop:
    """The parts, and the commands made of them."""

    python: Path
    path: Path
    addons: list
    environment: dict = field(repr=False)

    def odoo(self, *arguments, command='server'):
        """Odoo's own command line with the right path and data folder."""
        return [str(self.python), '-m', 'odoo', command, *map(str, arguments)]

    def psql(self, statement, database='postgres'):
        done = subprocess.run(
            ['psql', '-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', statement],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Stop(f'PostgreSQL refuses: {done.stderr.strip()}')
        return done.stdout.strip()

    def has_database(self, name):
        return self.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == '1'

    def drop_database(self, name):
        self.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.files_of(name), ignore_errors=True)

    def copy_database(self, template, name):
        """With its files (pictures of customers and products); Odoo never changes one, so links to them do."""
        self.drop_database(name)
        self.psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        if self.files_of(template).exists():
            shutil.copytree(self.files_of(template), self.files_of(name), copy_function=os.link)

    def rename_database(self, name, new):
        """The files first: a database under its final name is complete."""
        self.drop_database(new)
        self.files_of(name).rename(self.files_of(new))
        self.psql(f'ALTER DATABASE "{name}" RENAME TO "{new}"')

    @property
    def addons_folder(self):
        """Holds a link to this clone under the addon's name."""
        return STATE / 'addons'

    def files_of(self, name):
        return STATE / 'data' / 'filestore' / name


def open_workshop(with_browser=False):
    """Get what is missing, start what must run."""
    wanted = ['python3-venv', 'wkhtmltopdf', 'gettext', *(['chromium'] if with_browser else [])]
    wanted.append('postgresql-client' if postgres.is_given() else 'postgresql')
    if AT:
        wanted.append('faketime')
    system_packages.ensure(wanted)
    with ThreadPoolExecutor() as pool:  # both wait for the network most of the time
        source, packages = pool.submit(odoo_source.ensure), pool.submit(virtualenv.ensure)
        (path, addons), python = source.result(), packages.result()
    (STATE / 'addons').mkdir(parents=True, exist_ok=True)
    link = STATE / 'addons' / ADDON
    if not link.is_symlink() or link.resolve() != ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT)
    # A configuration file rather than options: each of Odoo's commands reads it, few take the options.
    configuration = STATE / 'odoo.conf'
    configuration.write_text(
        f'[options]\naddons_path = {",".join(map(str, [*addons, STATE / "addons"]))}\ndata_dir = {STATE / "data"}\n'
    )
    environment = {
        **postgres.others_removed(),
        'ODOO_RC': str(configuration),
        **postgres.ensure(),
        **clock.environment(),
        'PYTHONPATH': clock.search_path(path),
        # Compiled once for all the processes that a run starts, and outside the folder of the sources.
        'PYTHONDONTWRITEBYTECODE': '',
        'PYTHONPYCACHEPREFIX': str(STATE / 'bytecode'),
        'PYTHONUNBUFFERED': '1',
        'PATH': clock.search_path(python.parent, os.environ['PATH']),
    }
    return Workshop(python, path, addons, environment)
