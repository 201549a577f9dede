#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lark-register on a terminal: the code, the live line, what is left in the end, sizes, themes, languages.

Usage: terminal_test.py PROGRAM [unittest arguments]
"""

import unittest

from program import BLOCKS, OnTerminal

PENDING = ("--sandbox", "--sandbox-interval", "1")
DONE = ("--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5")  # after one pending poll
AT_ONCE = ("--sandbox", "--approve-after", "0")


def has_code(text):
    return any(block in text for block in BLOCKS)


class Terminal(unittest.TestCase):
    def test_the_code_is_shown_and_cleared_away_after_the_end(self):
        on = OnTerminal(*DONE, columns=100).wait_for("Waiting for approval")
        self.assertTrue(has_code(on.screen.text()))
        status, output, screen = on.finish()
        self.assertEqual(status, 0)
        self.assertIn("client_id=", output)
        self.assertFalse(has_code(screen), screen)
        self.assertNotIn("Waiting", screen)
        self.assertRegex(screen, r"(?m)^http://127\.0\.0\.1:\S+$")
        self.assertRegex(screen, r"\nApproved: the app is registered\.\n*\Z")

    def test_lines_of_verbose_stand_above_the_live_line_and_stay(self):
        terminal = OnTerminal("--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5", "-v", columns=120, lines=80)
        terminal.wait_for("authorization_pending")
        status, _, screen = terminal.finish()
        self.assertEqual(status, 0)
        for line in (r"^begin 1  \S+  200 link  ", r"^poll 1  \S+  400 authorization_pending  ", r"^poll 2  \S+  200 credentials  "):
            self.assertRegex(screen, "(?m)" + line)

    def test_it_is_cleared_whatever_the_end(self):
        for ending, text in ((("--deny-after", "0.5"), "denied"), (("--sandbox-lifetime", "1"), "expired")):
            with self.subTest(text):
                _, _, screen = OnTerminal(*PENDING, *ending).finish()
                self.assertFalse(has_code(screen), screen)
                self.assertIn(text, screen)
                self.assertIn("Run it again", screen)

    def test_ctrl_c_leaves_a_clean_screen(self):
        on = OnTerminal(*PENDING).wait_for("left")
        on.process.send_signal(2)
        status, output, screen = on.finish()
        self.assertEqual((status, output), (130, ""))
        self.assertFalse(has_code(screen), screen)
        self.assertRegex(screen, r"Cancelled\.\nThe link works until its time is over\. Do not approve it:[^\n]*\n"
                                 r"[^\n]*lost\. A registration[^\n]*\n[^\n]*carried on\.\n*\Z")

    def test_the_live_line_counts_down(self):
        on = OnTerminal(*PENDING, "--sandbox-lifetime", "90").wait_for("1:30 left").wait_for("1:29 left")
        self.assertEqual(on.screen.text().count("left"), 1)
        on.process.terminate()
        on.finish()

    def test_fixed_colours_and_none_with_no_color(self):
        on = OnTerminal(*AT_ONCE)
        on.finish()
        self.assertIn("38;5;16;48;5;231", on.screen.colours)
        on = OnTerminal(*AT_ONCE, NO_COLOR="1")
        _, _, screen = on.finish()
        self.assertEqual(on.screen.colours, set())
        self.assertIn("Approved", screen)

    def test_a_dumb_terminal_gets_no_sequence(self):
        on = OnTerminal(*DONE, TERM="dumb")
        on.finish()
        self.assertNotIn(b"\x1b", on.raw)
        self.assertIn("Waiting for approval\n", on.screen.text())

    def test_too_narrow_a_terminal_gets_the_link_alone_and_a_word_why(self):
        on = OnTerminal(*AT_ONCE, columns=30)
        status, _, screen = on.finish()
        self.assertEqual(status, 0)
        self.assertFalse(has_code(on.raw.decode()))
        self.assertRegex(screen.replace("\n", " "), r"it needs \d+ columns, this +terminal has 30")
        self.assertRegex(screen.replace("\n", ""), r"http://127\.0\.0\.1:\d+/\S+")

    def test_a_small_terminal_costs_quiet_zone_before_it_costs_the_code(self):
        on = OnTerminal(*DONE, columns=42).wait_for("Waiting")
        self.assertTrue(has_code(on.screen.text()))
        on.finish()

    def test_a_code_higher_than_the_window_is_cleared_as_far_as_it_is_seen(self):
        on = OnTerminal(*AT_ONCE, lines=20)
        status, _, screen = on.finish()
        self.assertEqual(status, 0)
        self.assertTrue(has_code(screen))  # what has scrolled away is out of reach
        self.assertFalse(has_code(on.screen.visible()), screen)

    def test_a_locale_that_is_not_utf_8_gets_ascii(self):
        on = OnTerminal(*AT_ONCE, LANG="C", columns=120)
        on.finish()
        self.assertTrue(on.raw.isascii())
        self.assertIn("38;5;231;48;5;16", on.screen.colours)  # black ground for dark modules

    def test_link_and_user_code_stand_on_lines_of_their_own(self):
        on = OnTerminal(*DONE, columns=100).wait_for("Waiting")
        self.assertRegex(on.screen.text(), r"\nLink:\nhttp://127\.0\.0\.1:\S+\n\nCode:\n[A-Z0-9]+-[A-Z0-9]+\n")
        on.finish()


class Language(unittest.TestCase):
    def screen(self, *arguments, **changes):
        _, _, screen = OnTerminal(*AT_ONCE, *arguments, **changes).finish()
        return screen

    def test_by_locale_or_by_option(self):
        chinese = "已批准"
        self.assertIn(chinese, self.screen(LANG="zh_CN.UTF-8"))
        self.assertIn(chinese, self.screen(LANG="en_US.UTF-8", LC_ALL="zh_CN.UTF-8"))
        self.assertIn(chinese, self.screen(LC_MESSAGES="zh_CN.UTF-8"))
        self.assertIn(chinese, self.screen("--lang", "zh"))
        self.assertNotIn(chinese, self.screen("--lang", "en", LANG="zh_CN.UTF-8"))
        self.assertNotIn(chinese, self.screen(LANG="zh_CN.UTF-8", LC_ALL="en_US.UTF-8"))
        self.assertNotIn(chinese, self.screen(LANG="zh_CN.GB2312"))

    def test_the_code_is_cleared_in_chinese_too(self):
        for columns in (80, 60):
            self.assertFalse(has_code(self.screen("--lang", "zh", columns=columns)))


if __name__ == "__main__":
    unittest.main()
