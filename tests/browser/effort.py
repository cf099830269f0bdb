"""A person at mouse and keyboard, and an estimate of the time that takes.

The estimate is the keystroke-level model (Card, Moran, Newell: The keystroke-level
model for user performance time with interactive systems, CACM 23(7), 1980): an expert
who makes no mistake, without the time the system takes to answer.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

# Seconds: point, press or release a button, hand to the other device, think
POINT, BUTTON, HAND, THINK = 1.1, 0.1, 0.4, 1.35
SKILLED, AVERAGE = 0.2, 0.28
# What the browser itself saw: k for a key, c for a press of the mouse, in order
LISTEN = """
const note = (sign) => (event) => {
  if (event.isTrusted && !event.repeat)
    sessionStorage.effort = (sessionStorage.effort ?? "") + sign;
};
addEventListener("keydown", note("k"), true);
addEventListener("pointerdown", note("c"), true);
"""


@dataclass
class Hand:
    """Does one thing after the other; each is thought of before it is done."""

    page: Page
    thoughts: int = field(default=0)

    def click(self, what: Locator) -> None:
        """Point and click."""
        self.thoughts += 1
        what.click()

    def type(self, *keys: str) -> None:
        """Press keys that are one thought: a word and Enter, or one shortcut."""
        self.thoughts += 1
        for key in keys:
            if len(key) > 1 and key.islower():
                self.page.keyboard.type(key)
            else:
                self.page.keyboard.press(key)

    def effort(self) -> "Effort":
        """Return what was done, and begin anew."""
        seen = self.page.evaluate("sessionStorage.effort ?? ''")
        self.page.evaluate("sessionStorage.removeItem('effort')")
        # The hand begins at the mouse
        moves = sum(a != b for a, b in zip("c" + seen, seen, strict=False))
        done = Effort(seen.count("c"), seen.count("k"), moves, self.thoughts)
        self.thoughts = 0
        return done


@dataclass(frozen=True)
class Effort:
    """Clicks, keys, moves of the hand between mouse and keyboard, and thoughts."""

    clicks: int
    keys: int
    moves: int
    thoughts: int

    def seconds(self, key: float) -> float:
        """Return the estimate for somebody who takes so long for a key."""
        clicks = self.clicks * (POINT + 2 * BUTTON)
        return clicks + self.keys * key + self.moves * HAND + self.thoughts * THINK

    def row(self, task: str) -> str:
        """Return the line of the table in docs/effort.md."""
        counts = f"{self.clicks} | {self.keys} | {self.moves} | {self.thoughts}"
        skilled, average = self.seconds(SKILLED), self.seconds(AVERAGE)
        return f"| {task} | {counts} | {skilled:.0f} s | {average:.0f} s |"
