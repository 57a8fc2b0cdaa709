"""The option `--preset` and what the help says of it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from tftune.cli.converters import one_of
from tftune.cli.options import Option
from tftune.cli.presets import Preset, Values

_WIDTH = 78


def preset_options(presets: Mapping[str, Preset]) -> tuple[Option, ...]:
    """Returns the option that chooses a preset; none where there are no presets.

    Example:
        >>> preset_options({})
        ()
        >>> [option.flag for option in preset_options({"quick": Preset("a first look")})]
        ['--preset']
    """
    if not presets:
        return ()
    text = "options that belong together, see above; each can still be set"
    return (Option("--preset", "NAME", one_of(presets, "preset"), None, text),)


def presets_help(presets: Mapping[str, Preset]) -> str:
    """Returns what each preset is for and what it sets, for the help; what all of them set is said
    once.

    Example:
        >>> quick, best = ({"epochs": epochs, "views": 8} for epochs in (5, 50))
        >>> given = {"quick": Preset("a look", quick), "best": Preset("the most", best)}
        >>> print(presets_help(given).strip())
        presets (--preset):
          quick  a look
                 --epochs 5
          best   the most
                 --epochs 50
          all of them set
                 --views 8
    """
    if not presets:
        return ""
    shared = Preset("") if len(presets) < 2 else _shared(list(presets.values()))
    width = max(map(len, presets)) + 4
    lines = ["", "", "presets (--preset):"]
    for name, preset in presets.items():
        own = Preset(
            "", *(_without(*pair) for pair in zip(_parts(preset), _parts(shared), strict=True))
        )
        lines.append(f"  {name.ljust(width - 4)}  {preset.text}")
        lines += _wrapped(own.words(), width)
    if any(_parts(shared)):
        lines += ["  all of them set", *_wrapped(shared.words(), width)]
    return "\n".join(lines)


def _parts(preset: Preset) -> tuple[Values, Values, Values]:
    return preset.options, preset.fix, preset.start


def _shared(presets: Sequence[Preset]) -> Preset:
    first, *others = (_parts(preset) for preset in presets)
    kept = (
        {
            name: value
            for name, value in part.items()
            if all(name in other[number] and other[number][name] == value for other in others)
        }
        for number, part in enumerate(first)
    )
    return Preset("", *kept)


def _without(part: Values, shared: Values) -> Values:
    return {name: value for name, value in part.items() if name not in shared}


def _wrapped(words: str, indent: int) -> list[str]:
    """Returns lines that break between options, or behind a comma."""
    lines = textwrap.wrap(
        words.replace(",", ", "), _WIDTH - indent, break_on_hyphens=False, break_long_words=False
    )
    return [" " * indent + line.replace(", ", ",") for line in lines]
