#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The sandbox's pages in a real browser: both themes, both languages, phone and desktop, keyboard, screen reader.

    sandbox_page_test.py CHROMIUM LARK_SANDBOX FOLDER

Leaves pictures of every combination in FOLDER, to be looked at.
"""

import base64
import gzip
import itertools
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request

from chromium import Browser, Navigated

WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
ADDONS = {
    "scopes": {"tenant": ["im:message:send_as_bot", "im:chat", "not a scope"], "user": ["contact:user.base:readonly"]},
    "events": {"items": {"tenant": ["im.message.receive_v1"]}},
    "callbacks": {"items": ["card.action.trigger"]},
}
# WCAG 2.1, 1.4.3: text needs 4.5 times the luminance of its ground, or its inverse.
CONTRASTS = """
(() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => parts(c).slice(0, 3).map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor; const p = parts(c); if (p.length === 3 || p[3] > 0) return c; } return 'rgb(255,255,255)'; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || ['SCRIPT', 'STYLE'].includes(e.tagName)) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${e.tagName} ${e.className} "${e.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return bad;
})()
"""


class SandboxPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = subprocess.Popen([SANDBOX, "--json", "--lifetime", "600"], stdout=subprocess.PIPE, text=True)
        cls.url = json.loads(cls.box.stdout.readline())["domain"]
        cls.browser = Browser(CHROMIUM)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.box.terminate()
        cls.box.wait(10)
        cls.box.stdout.close()

    def setUp(self):
        self.page = self.browser.open()

    def post(self, **form):
        request = urllib.request.Request(self.url + "/oauth/v1/app/registration", urllib.parse.urlencode(form).encode())
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def begin(self, **parameters):
        begun = self.post(action="begin", archetype="PersonalAgent", auth_method="client_secret")
        link = begun["verification_uri_complete"] + "&" + urllib.parse.urlencode(parameters, doseq=True)
        return begun["device_code"], link

    def rich_link(self):
        addons = base64.urlsafe_b64encode(gzip.compress(json.dumps(ADDONS).encode())).decode().rstrip("=")
        return self.begin(source="cpp-sdk/my-tool", name="智能助手 Assistant of {user}", desc="Answers questions, <b>politely</b> & briefly",
                          avatar=["https://example.com/a/very/long/address/" + "x" * 80 + ".png", "ftp://example.com/b.png"], addons=addons)

    def until(self, what, condition):
        """Waits for something that the page does by itself: bounded, and as short as it can be."""
        end = time.monotonic() + 15
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except Navigated:
                continue  # the page that answers is the next one
            time.sleep(0.05)
        self.fail(f"{what} did not happen")

    def check_page(self, where):
        page = self.page
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), page.evaluate("innerWidth"), f"{where}: scrolls sideways")
        self.assertEqual(page.evaluate(CONTRASTS), [], where)
        self.assertEqual([e["entry"]["text"] for e in page.seen("Log.entryAdded")], [], where)
        self.assertEqual(page.seen("Runtime.exceptionThrown"), [], where)
        for request in page.seen("Network.requestWillBeSent"):
            self.assertTrue(request["request"]["url"].startswith((self.url + "/", "data:,")), request["request"]["url"])

    def looks(self):
        return itertools.product(WIDTHS, ("light", "dark"), (("en", "en-US,en"), ("zh", "zh-CN,zh")))

    def test_every_look(self):
        for width, theme, (language, accepted) in self.looks():
            where = f"{width}-{theme}-{language}"
            with self.subTest(where):
                self.page.look(*WIDTHS[width], theme, accepted)
                _, link = self.rich_link()
                self.page.go(link)
                self.check_page(where)
                dark = self.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(v => v < 60)")
                self.assertEqual(dark, theme == "dark")
                self.assertTrue(self.page.evaluate("document.documentElement.lang").startswith(language))
                self.assertIn("im:message:send_as_bot", self.page.evaluate("document.body.innerText"))
                self.page.picture(os.path.join(FOLDER, f"page-{where}.png"))
                self.page.go(self.url + "/")
                self.check_page("dashboard " + where)
                self.page.picture(os.path.join(FOLDER, f"dashboard-{where}.png"))

    def test_keyboard_approves_and_the_page_follows(self):
        device_code, link = self.rich_link()
        self.page.look(*WIDTHS["desktop"], "light", "en")
        self.page.go(link)
        for _ in range(20):
            self.page.tab()
            if self.page.evaluate("document.activeElement.innerText") == "Approve":
                break
        self.assertEqual(self.page.evaluate("document.activeElement.innerText"), "Approve")
        self.assertNotEqual(self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.page.forget()
        self.page.enter()
        self.page.wait_loaded()
        self.assertIn("Approved", self.page.evaluate("document.querySelector('[role=status]').innerText"))
        self.assertEqual(self.page.evaluate("document.querySelectorAll('form').length"), 0)
        self.page.picture(os.path.join(FOLDER, "approved.png"))
        self.assertIn("client_secret", self.post(action="poll", device_code=device_code))
        # The page learns by its own renewal that the program has fetched the credentials.
        self.until("Done", lambda: "Done" in self.page.evaluate("document.querySelector('[role=status]')?.innerText ?? ''"))
        self.check_page("done")
        self.page.picture(os.path.join(FOLDER, "done.png"))

    def test_denied_in_chinese(self):
        device_code, link = self.begin()
        self.page.look(*WIDTHS["phone"], "dark", "zh")
        self.page.go(link)
        self.page.forget()
        self.page.evaluate("[...document.querySelectorAll('button')].find(b => b.innerText === '拒绝').click()")
        self.page.wait_loaded()
        self.assertIn("已拒绝", self.page.evaluate("document.querySelector('[role=status]').innerText"))
        self.check_page("denied")
        self.page.picture(os.path.join(FOLDER, "denied-phone-dark-zh.png"))
        self.assertEqual(self.post(action="poll", device_code=device_code)["error"], "access_denied")

    def test_countdown_runs_and_is_there_without_scripts(self):
        _, link = self.begin()
        self.page.look(*WIDTHS["desktop"], "light", "en")
        self.page.go(link)
        text = "document.querySelector('[role=timer]').innerText"
        first = self.page.evaluate(text)
        self.assertRegex(first, r"^\d+ min \d+ s$")
        self.until("a tick of the countdown", lambda: self.page.evaluate(text) != first)
        self.assertEqual(self.page.seen("Log.entryAdded"), [])
        self.page.look(*WIDTHS["desktop"], "light", "en", scripts=False)
        with urllib.request.urlopen(link) as reply:
            self.assertRegex(reply.read().decode(), r'role="timer"[^>]*>\d+ min \d+ s<')

    def test_screen_reader(self):
        _, link = self.rich_link()
        self.page.look(*WIDTHS["desktop"], "light", "en")
        self.page.go(link)
        nodes = self.page.accessible()
        for expected in (("heading", "Register an app"), ("button", "Approve"), ("button", "Deny"), ("heading", "The app"), ("link", "中文")):
            self.assertIn(expected, nodes)
        self.assertIn("main", [role for role, _ in nodes])
        self.assertIn("timer", [role for role, _ in nodes])
        self.assertEqual([pair for pair in nodes if pair[0] in ("button", "link", "textbox") and not pair[1]], [])

    def test_hostile_link(self):
        evil = "\"><img src=https://evil.example/x onerror=window.hacked=1><script>window.hacked=1</script>"
        _, link = self.begin(name=evil, desc=evil, source=evil, avatar=[evil], lang=evil)
        self.page.look(*WIDTHS["phone"], "light", "en")
        self.page.go(link)
        self.assertIsNone(self.page.evaluate("window.hacked"))
        self.assertEqual(self.page.evaluate("document.images.length"), 0)
        self.check_page("hostile")

    def test_language_link_and_back(self):
        _, link = self.begin(name="App")
        self.page.look(*WIDTHS["desktop"], "light", "en")
        self.page.go(link)
        self.page.forget()
        self.page.evaluate("document.querySelector('footer a[hreflang=zh]').click()")
        self.page.wait_loaded()
        self.assertEqual(self.page.evaluate("document.documentElement.lang"), "zh-CN")
        self.assertIn("App", self.page.evaluate("document.body.innerText"))
        self.page.forget()
        self.page.evaluate("document.querySelector('footer a[hreflang=en]').click()")
        self.page.wait_loaded()
        self.assertEqual(self.page.evaluate("document.documentElement.lang"), "en")

    def test_dashboard_renews_and_leads_to_the_page(self):
        self.page.look(*WIDTHS["desktop"], "light", "en")
        self.page.go(self.url + "/")
        device_code, _ = self.begin()
        self.post(action="poll", device_code=device_code)
        self.until("the new row", lambda: "authorization_pending" in self.page.evaluate("document.querySelector('tbody tr')?.innerText ?? ''"))
        self.page.picture(os.path.join(FOLDER, "dashboard-polls.png"))
        self.page.evaluate("document.querySelector('details').open = true")
        self.page.forget()
        self.page.evaluate("document.querySelector('tbody a').click()")
        self.page.wait_loaded()
        self.assertIn("Register an app", self.page.evaluate("document.title"))


if __name__ == "__main__":
    CHROMIUM, SANDBOX, FOLDER = sys.argv[1:4]
    os.makedirs(FOLDER, exist_ok=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)
