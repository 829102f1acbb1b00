"""How fast Amazon may be asked: a bucket of tokens per seller account, as Amazon itself counts."""

from dataclasses import dataclass

# getListingsRestrictions, per seller account and application.
RATE = 5.0
BURST = 10


@dataclass(slots=True)
class Bucket:
    """`tokens` questions may be asked at once at `at` (seconds of a steady clock); `rate` more come each second."""

    at: float
    tokens: float = float(BURST)
    rate: float = RATE

    def wait(self, now: float) -> float:
        """Seconds until the next question may be asked."""
        missing = 1.0 - self._held(now)
        # Rounding of the clock must not cost a second, tiny sleep.
        return missing / self.rate if missing > 1e-6 else 0.0

    def take(self, now: float) -> None:
        """Ask one question, whose time has come."""
        self.tokens, self.at = max(0.0, self._held(now) - 1.0), now

    def drain(self, now: float) -> None:
        """Amazon says that there are no tokens left."""
        self.tokens, self.at = 0.0, now

    def allow(self, rate: float) -> None:
        """Go slower where Amazon allows less than it publishes; never faster."""
        self.rate = min(RATE, rate)

    def _held(self, now: float) -> float:
        return min(float(BURST), self.tokens + (now - self.at) * self.rate)
