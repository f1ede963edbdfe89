"""Links between passages, in the forms that Twine's editor knows.

``[[label->target]]``, ``[[target<-label]]``, ``[[label|target]]`` and ``[[target]]``, each on one line; SugarCube's
``[[label|target][setter]]`` is a link with code behind it.
"""

from dataclasses import dataclass

from scenario_assets.importers.story import SourceLine


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the passage ``target``, shown as ``label``; ``setter`` is code that SugarCube would run."""

    line: int
    label: str
    target: str
    setter: str = ""


def split_links(line: SourceLine) -> tuple[tuple[Link, ...], str, str]:
    """The links of a line, the line as it reads with their labels, and what is left of it without them."""
    links: list[Link] = []
    read: list[str] = []
    left: list[str] = []
    text, at = line.text, 0
    while (start := text.find("[[", at)) >= 0 and (end := text.find("]]", start + 2)) >= 0:
        link = _link(line.number, text[start + 2 : end])
        links.append(link)
        read += [text[at:start], link.label]
        left.append(text[at:start])
        at = end + 2
    rest = text[at:]
    return tuple(links), "".join([*read, rest]), "".join([*left, rest])


def _link(line: int, inside: str) -> Link:
    inside, _, setter = inside.partition("][")
    if "->" in inside:
        label, _, target = inside.rpartition("->")
    elif "<-" in inside:
        target, _, label = inside.partition("<-")
    elif "|" in inside:
        label, _, target = inside.rpartition("|")
    else:
        label = target = inside
    target = " ".join(target.split())
    return Link(line, " ".join(label.split()) or target, target, setter.strip())
