"""Files made to cost much: each nearly as large as is read, and each dear to some other part of the checks.

Run as a program with a name it examines that one alone, and prints what it has cost.
"""

import importlib
import json
import pkgutil
import re
import resource
import sys
from collections.abc import Callable, Iterator
from typing import get_args

from scenario_assets import language
from scenario_assets.language import examine
from scenario_assets.language.files import MAX_BYTES
from scenario_assets.language.kinds import Word
from tests.scenario_assets.faulty import TINY

#: Patterns that are looked for inside a text; the others are held against its beginning.
SEARCHED_FOR = ("scenario_assets.language.webvtt._TAG", "scenario_assets.language.checks.translations._BLANK")
#: A program that needs more than this much processor time for one file is stopped by the system.
CPU_S = 120


def _filled(head: str, line: Callable[[int], str], tail: str = "", *, values: int = 90_000) -> str:
    """As many lines as are read: by their bytes, and by about so many values."""
    parts = [head]
    size = len(head) + len(tail)
    for number in range(MAX_BYTES):
        text = line(number)
        size += len(text.encode())
        values -= 1 + sum(text.count(mark) for mark in ":,[{")
        if size > MAX_BYTES - 10 or values < 0:
            break
        parts.append(text)
    return "".join([*parts, tail])


def _inside(anchor: str, line: Callable[[int], str]) -> str:
    """The tiny scenario with lines behind the first place where this stands."""
    before, found, after = TINY.partition(anchor)
    assert found, anchor
    return _filled(before + found, line, after)


def _added(table: str, line: Callable[[int], str], *, values: int = 90_000) -> str:
    """The tiny scenario with a table more."""
    return _filled(f"{TINY}{table}:\n", line, values=values)


_NEXT = "      next: [{when: agitation > 60, to: upset}, {after: 20 s, to: calmer}]\n"


def _nodes(line: Callable[[int], str]) -> str:
    """The tiny scenario with nodes more."""
    return _inside(_NEXT, line)


def _ways(line: Callable[[int], str]) -> str:
    """One node with as many transitions as are read."""
    before, _, after = TINY.partition(_NEXT)
    return _filled(f"{before}      next:\n", line, f"        - {{after: 20 s, to: calmer}}\n{after}")


def _way(condition: str, *, to: str = "upset") -> str:
    return f"        - {{{condition}, to: {to}}}\n"


def _wide(word: str, other: str) -> str:
    """A guard as long as is read, of alternatives that multiply."""
    part = f"(agitation < 9 {other} distance < 9 m)"
    return f" {word} ".join([part] * 25)


FILES: dict[str, Callable[[], str]] = {
    "ten megabytes": lambda: "a: b\n" * 2_000_000,
    "a thousand levels of lists": lambda: TINY + "x: " + "[" * 1000 + "]" * 1000,
    "a thousand levels of tables": lambda: TINY + "x: " + "{a: " * 1000 + "}" * 1000,
    "half a million brackets": lambda: "[" * 500_000,
    "a thousand indented levels": lambda: "".join(" " * n + f"k{n}:\n" for n in range(1000)),
    "billion laughs": lambda: "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 'ha'}]\n" for n in range(10)
    ),
    "aliases": lambda: _filled("a: &a [1]\nb:\n", lambda _: "  - *a\n"),
    "keys twice": lambda: _filled(TINY, lambda _: "seed: 7\n"),
    "unknown keys": lambda: _filled(TINY, lambda n: f"k{n}: 1\n"),
    "tiny values": lambda: _filled("x: [", lambda _: "1,", "]"),
    "one long word": lambda: TINY.replace("title: Somebody", f"title: {'x' * 900_000}"),
    "one long line of text": lambda: TINY.replace("title: Somebody", f"title: {'x ' * 450_000}"),
    "one long guard": lambda: TINY.replace("agitation > 60", "agitation > 60 and " * 50_000 + "agitation > 60"),
    "guards with many alternatives": lambda: _ways(lambda _: _way(f"when: '{_wide('and', 'or')}'")),
    "guards with many parts": lambda: _ways(lambda _: _way(f"when: '{_wide('or', 'and')}'")),
    "choices with many alternatives": lambda: _added(
        "choices", lambda n: f"  c{n}: {{key: a, text: t, when: '{_wide('and', 'or')}'}}\n"
    ),
    "nested guards": lambda: _ways(lambda n: _way(f"when: '{'not (' * 29}agitation < {n}{')' * 29}'")),
    "transitions": lambda: _ways(lambda n: _way(f"when: agitation > {n / 1000}")),
    "transitions that stand before others": lambda: _ways(lambda n: _way(f"when: agitation > {99 - n / 1000}")),
    "transitions to unknown nodes": lambda: _ways(lambda n: _way("after: 1 s", to=f"gone{n}")),
    "timed transitions": lambda: _ways(lambda n: _way(f"after: {n} ms")),
    "nodes": lambda: _nodes(lambda n: f"    n{n}: {{next: [{{to: n{n + 1}}}]}}\n"),
    "nodes that wait for each other": lambda: _nodes(
        lambda n: f"    n{n}: {{enter: {{emit: e{n}}}, next: [{{when: event(e{n + 1}), to: n{n + 1}}}]}}\n"
    ),
    "nodes with threats and places": lambda: _nodes(
        lambda n: f"    n{n}: {{threat: agitated, enter: {{place: {{kim: [{n % 99 / 25:g}, {n // 99 / 99:g}]}}}}}}\n"
    ).replace("distance: {calm: 1.2 m}", "distance: {calm: 1.2 m, agitated: 9 m}"),
    "nodes with media": lambda: _nodes(lambda n: f"    n{n}: {{media: {{video: n{n}.mp4}}, next: [{{to: n0}}]}}\n"),
    "nodes with warnings": lambda: _nodes(lambda n: f"    n{n}: {{warnings: [{{topic: weapon, level: mild}}]}}\n"),
    "nodes with gotos": lambda: _nodes(lambda n: f"    n{n}: {{enter: {{goto: {{person: n{n}}}}}}}\n"),
    "nodes with offers": lambda: _added("choices", lambda n: f"  c{n}: {{key: a, text: t}}\n", values=40_000).replace(
        "outcomes:", _filled("", lambda n: f"    n{n}: {{offers: [c{n % 9}, c0]}}\n", "outcomes:", values=40_000)
    ),
    "regions": lambda: TINY.replace("outcomes:", _filled("", lambda n: f"  r{n}: {{n: {{}}}}\n", "outcomes:")),
    "actors": lambda: _inside("actors:\n", lambda n: f"  a{n}: {{name: A, role: r, variants: {{v: {{weight: 1}}}}}}\n"),
    "cover": lambda: TINY.replace(
        "  starts:",
        _filled(
            "  cover:\n",
            lambda n: f"    - {{id: b{n}, label: b, center: [0, 0, 0], size: [1, 1, 1]}}\n",
            "  starts:",
        ),
    ),
    "facts": lambda: _added("facts", lambda n: f"  f{n}: [{{a: 0.5}}, {{b: 0.5}}]\n"),
    "lines nobody speaks": lambda: _added("lines", lambda n: f"  l{n}: {{actor: kim, text: t}}\n"),
    "acts of one key": lambda: _added("acts", lambda n: f"  a{n}: {{key: a, text: t}}\n"),
    "choices of one key": lambda: _added("choices", lambda n: f"  c{n}: {{key: a, text: t}}\n"),
    "injects": lambda: _added(
        "injects", lambda n: f"  i{n}: {{key: a, text: t, do: {{emit: e{n}, goto: {{person: upset}}}}}}\n"
    ),
    "reflexes": lambda: _added("reflexes", lambda n: f"  - {{when: agitation > {n}, label: l, emit: e{n}}}\n"),
    "steps of a policy": lambda: _inside("  near: {steps: [", lambda n: f"{{at: {n} s, act: a{n}}}, "),
    "signs": lambda: TINY.replace(
        "policies:", _filled("  signs:\n", lambda n: f"    s{n}: {{event: e{n}, text: t}}\n", "policies:")
    ),
    "comments": lambda: _filled(TINY, lambda n: f"# {n}\n"),
    "names that are nearly alike": lambda: _ways(lambda n: _way(f"when: event({'e' * 60}{n})")),
}


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern of the language's modules, and of the types' annotations."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(language.__path__, f"{language.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            for one in (value, *get_args(value)):
                pattern = one.pattern if isinstance(one, Word) else one
                if isinstance(pattern, re.Pattern):
                    found[f"{module.name}.{name}"] = pattern
    return found


def bombs() -> Iterator[str]:
    """Texts that a careless pattern would take very long to refuse."""
    pieces = (
        "a", "a.", "a-", "a/", "a_", "{", "{a}", "{a", "1", "0", "1:", "1_", ".1", "1e", " ", "\t", "-", "+", "<", "<a",
        "uniform(", "uniform(1 s,", "1 s", "0:00:00.000", "-->", "not (", "a:", "\n",
    )  # fmt: skip
    for piece in pieces:
        for end in ("", "!", "\n", " m", ")", ".", "x", ">", "}"):
            yield piece * (100_000 // len(piece)) + end


def explode() -> None:
    """Try every pattern on every bomb, in every way patterns are used here."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    known = patterns()
    for text in bombs():
        for pattern in known.values():
            pattern.match(text)
        for name in SEARCHED_FOR:
            known[name].findall(text)
    print(json.dumps(sorted(known)))


def main(name: str) -> None:
    """Examine one file under a limit of processor time; print its faults and the memory used."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    text = FILES[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scenario, faults = examine("hostile.yaml", text=text)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "read": scenario is not None, "faults": len(faults), "lines": [fault.line for fault in faults],
        "bytes": len(text), "grown_kb": used.ru_maxrss - before, "cpu_s": used.ru_utime,
    }))  # fmt: skip


if __name__ == "__main__":
    explode() if sys.argv[1] == "patterns" else main(sys.argv[1])
