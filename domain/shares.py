"""Exact shares: counts as whole numbers, rates as fractions, figures cut and never rounded up to a threshold."""

from __future__ import annotations

from fractions import Fraction

DENOMINATOR_MAX = 1_000_000
"""Shares and means in records are floats of small fractions; this reads them back exactly."""


def per_day(count: int, days: int) -> Fraction:
    """Return a count over a period as an exact rate, so that 20 of 30 days compares with 10 of 28."""
    return Fraction(count, days)


def exact(number: float) -> Fraction:
    """Return a number as it is written: 0.3 is three tenths; a mean such as 4.333... is the third it stands for."""
    return Fraction(number).limit_denominator(DENOMINATOR_MAX)


def figure(number: Fraction, *, percent: bool) -> str:
    """Return a figure to one decimal, cut and never rounded: 49.96% is not 50%."""
    tenths = int(number * (1000 if percent else 10))
    whole, rest = divmod(abs(tenths), 10)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{whole}{f'.{rest}' if rest else ''}{'%' if percent else ''}"


def change_in_words(share: float, *, fewer: str, more: str) -> str:
    """Return a change as `55% fewer`; `fewer` and `more` are the words for this measure."""
    change = exact(share)
    if not change:
        return "unchanged"
    return f"{figure(abs(change), percent=True)} {fewer if change > 0 else more}"


def between_in_words(worst: float, best: float, *, fewer: str, more: str) -> str:
    """Return the bounds of a share's change as `between 50% more and 100% fewer`."""
    if exact(worst) == exact(best):
        return change_in_words(best, fewer=fewer, more=more)
    return bounds_in_words(exact(worst), exact(best), percent=True, fewer=fewer, more=more)


def bounds_in_words(worst: Fraction, best: Fraction, *, percent: bool, fewer: str, more: str) -> str:
    """Return two bounds of a change, which is positive where something has become less."""
    least, most = figure(abs(worst), percent=percent), figure(abs(best), percent=percent)
    if worst == best:
        return f"{most} {fewer if best >= 0 else more}"
    if worst >= 0:
        return f"between {least} and {most} {fewer}"
    if best <= 0:
        return f"between {most} and {least} {more}"
    return f"between {least} {more} and {most} {fewer}"
