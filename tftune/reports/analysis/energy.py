"""Energy as an estimate: the time of the workers times what one of them is assumed to draw.

Example:
    >>> energy_words(3600.0, 10.0), energy_words(360_000.0, 200.0)
    ('about 0.01 kWh (10 Wh)', 'about 20 kWh')
    >>> watts_of(None), watts_of("250")[0], watts_of("much")[0]
    ((10.0, ''), 250.0, 10.0)
"""

from __future__ import annotations

import math
from decimal import Decimal

from tftune.support.texts import shown

WATTS_VARIABLE = "TFTUNE_WATTS"
DEFAULT_WATTS = 10.0  # a core of a server processor of some 30 cores and 300 W


def watts_of(text: str | None) -> tuple[float, str]:
    """Returns the watts that a worker is assumed to draw, and a complaint about a text that is no
    such number, or "".

    Args:
        text: The value of the environment variable, or None.
    """
    if not text:
        return DEFAULT_WATTS, ""
    try:
        watts = float(text)
    except ValueError:
        watts = math.nan
    if math.isfinite(watts) and watts > 0:
        return watts, ""
    return DEFAULT_WATTS, (
        f"{WATTS_VARIABLE} was passed over. Expected a number above 0. Received: {shown(text, 40)}."
    )


def energy_words(seconds: float, watts: float) -> str:
    """Returns the energy of so many worker-seconds in kilowatt hours, small ones in watt hours,
    too.
    """
    hours = seconds * watts / 3600
    if hours >= 1000:
        return f"about {hours / 1000:.3g} kWh"
    return f"about {_plain(hours / 1000)} kWh ({_plain(hours)} Wh)"


def _plain(number: float) -> str:
    """Returns two digits of a number, without an exponent."""
    return f"{Decimal(f'{number:.2g}'):f}"
