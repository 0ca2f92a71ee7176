"""A headless Chromium driven through its DevTools protocol: enough to click and to take pictures."""

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

from ports import free_port

FLAGS = (
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-sync',
    '--disable-background-networking',
    '--disable-component-update',
    '--remote-allow-origins=*',
    '--lang=fr-FR',
    '--hide-scrollbars',
)

# Their number, and the sign that they write.
KEYS = {'Tab': (9, ''), 'Enter': (13, '\r'), 'Escape': (27, ''), ' ': (32, ' '), 'ArrowDown': (40, '')}


class Browser:
    """One page. ``wait`` and what builds on it raise TimeoutError after 30 seconds."""

    def __init__(self, width=1366, height=768):
        self._folder = tempfile.mkdtemp(prefix='avance-chromium-')
        port = free_port()
        self._process = subprocess.Popen(
            [
                # As Odoo's tests look for it: at a given moment dev/at/ has one of this name, which tells the clocks apart.
                shutil.which('google-chrome') or 'chromium',
                *FLAGS,
                f'--remote-debugging-port={port}',
                f'--user-data-dir={self._folder}',
                f'--window-size={width},{height}',
                'about:blank',
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = websocket.create_connection(self._address(port), timeout=60)
        self._count = 0
        self.command('Page.enable')
        self.command('Runtime.enable')
        self.command('Emulation.setTimezoneOverride', timezoneId='Europe/Paris')
        self.resize(width, height)

    @staticmethod
    def _address(port):
        for _attempt in range(100):
            with contextlib.suppress(OSError, IndexError):
                pages = json.load(urllib.request.urlopen(f'http://127.0.0.1:{port}/json', timeout=5))
                return [page for page in pages if page['type'] == 'page'][0]['webSocketDebuggerUrl']
            time.sleep(0.2)
        raise TimeoutError('Chromium does not start')

    def command(self, method, **parameters):
        self._count += 1
        self._socket.send(json.dumps({'id': self._count, 'method': method, 'params': parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get('id') == self._count:
                return answer.get('result', {})

    def resize(self, width, height):
        self.command(
            'Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def run(self, expression):
        """The value of a JavaScript expression."""
        answer = self.command('Runtime.evaluate', expression=expression, awaitPromise=True, returnByValue=True)
        return answer.get('result', {}).get('value')

    def go(self, url):
        self.command('Page.navigate', url=url)
        time.sleep(1)

    def wait(self, condition):
        """Wait until a JavaScript condition holds."""
        for _attempt in range(150):
            if self.run(f'!!({condition})'):
                time.sleep(0.5)
                return
            time.sleep(0.2)
        raise TimeoutError(f'{condition}: {self._shown()}')

    def _shown(self):
        """Where the page is, and what it says: for who looks for why something never came."""
        return self.run("`${location.href} (${document.readyState}) ${document.body?.innerText.slice(0, 600)}`")

    def see(self, selector):
        self.wait(f'document.querySelector({selector!r})')

    def click(self, selector, text=''):
        """Click the first visible element that matches and holds the text."""
        found = (
            f'[...document.querySelectorAll({selector!r})]'
            f'.find(e => e.offsetParent !== null && e.textContent.includes({text!r}))'
        )
        self.wait(found)
        self.run(f'{found}.click()')
        time.sleep(1)

    def press(self, key):
        """A key of the keyboard, as the browser itself understands it: Tab goes where Tab goes."""
        code, text = KEYS[key]
        event = {'key': key, 'code': key, 'windowsVirtualKeyCode': code, **({'text': text} if text else {})}
        self.command('Input.dispatchKeyEvent', type='keyDown' if text else 'rawKeyDown', **event)
        self.command('Input.dispatchKeyEvent', type='keyUp', **event)
        time.sleep(0.3)

    def login(self, url, user, password):
        # What the page before still asks for, without a cookie, would be answered with another session's: its form is refused.
        self.go('about:blank')
        self.command('Network.clearBrowserCookies')
        self.go(f'{url}/web/login')
        self.see('input[name=password]')
        self.wait("document.readyState === 'complete'")
        self.run(f"""document.querySelector('input[name=login]').value = {user!r};
            document.querySelector('input[name=password]').value = {password!r};
            document.querySelector('form.oe_login_form').submit()""")
        self.see('.o_web_client')

    def picture(self, path):
        time.sleep(1)
        path.write_bytes(base64.b64decode(self.command('Page.captureScreenshot')['data']))

    def close(self):
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
