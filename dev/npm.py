"""Packages of npm for development: Node comes with the Python packages. Nothing of them is part of the addon."""

from machine import CACHE, alone, becoming, run, say


def ensure(workshop, package, version, title):
    """The folder of a package, installed when it is not there yet.

    :param str title: what people call it
    """
    target = CACHE / f'{package}-{version}'
    with alone(package):
        if not target.exists():
            say(f'Installing {title}')
            with becoming(target) as folder:
                run(
                    [
                        workshop.python.parent / 'npm',
                        'install',
                        '--prefix',
                        folder,
                        '--cache',
                        folder / 'cache',
                        '--no-save',
                        '--no-audit',
                        '--no-fund',
                        '--ignore-scripts',
                        f'{package}@{version}',
                    ],
                    f'{title} could not be installed: check the network connection, then start again.',
                )
                run(['rm', '-rf', folder / 'cache'], f'The download of {title} could not be cleaned up.')
    return target / 'node_modules'
