"""What a story format would execute, found by its look alone: macros, templates, variables, HTML. Nothing is run.

A story says which format it was written for, and only that one's forms are looked for, so that ``(a remark: this)``
stays prose in a Chapbook story; a story that does not say is searched for all of them.
"""

import re
from collections.abc import Iterator
from functools import cache

#: Elements that only dress the text; it stands in the note with them.
_DRESS = frozenset({
    "b", "i", "em", "strong", "u", "s", "br", "p", "span", "div", "center", "hr", "small", "sub", "sup", "blockquote",
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li",
})  # fmt: skip

_VARIABLE = r"(?P<variable>\$[A-Za-z_]\w*)"
#: Family -> what its forms look like; the name of the group tells what was found.
_FORMS: dict[str, tuple[str, ...]] = {
    "harlowe": (
        r"\((?P<harlowe>[A-Za-z_][\w-]*):(?!//)",
        r"(?P<hook>\|[A-Za-z]\w*>(?=\[)|(?<=\])<[A-Za-z]\w*\|)",
        _VARIABLE,
    ),
    "sugarcube": (r"\[(?P<image>img)[<>]?\[", _VARIABLE),
    "chapbook": (r"\{(?P<insert>[A-Za-z_][^{}:,]*+)[^{}]*+\}",),
    "snowman": (),
}
#: These mean the same everywhere, and nobody writes them in prose.
_ALWAYS = (
    r"<<(?P<sugarcube>[A-Za-z][\w-]*|[=-])",
    r"<(?P<snowman>%[=-]?[^%>]{0,30})",
    r"<(?P<element>[A-Za-z][\w-]*)(?=[\s/>])",
)

_TOLD = {
    "harlowe": "Harlowe macro ({}:)",
    "hook": "Harlowe hook {}",
    "sugarcube": "SugarCube macro <<{}>>",
    "image": "SugarCube image [{}[...]]",
    "insert": "Chapbook insert {{{}}}",
    "snowman": "Snowman template <{} ... %>",
    "variable": "variable {}",
    "element": "HTML element <{}>",
}


def family(story_format: str) -> str:
    """The family of a story's format, or nothing where the story does not say or it is another one."""
    first = story_format.strip().lower().partition(" ")[0]
    return first if first in _FORMS else ""


def find(text: str, story_family: str) -> Iterator[str]:
    """What of this line would be executed, each as a message calls it."""
    for match in _pattern(story_family).finditer(text):
        kind = match.lastgroup or ""
        name = match[kind].strip()
        if kind == "element" and name.lower() in _DRESS:
            continue
        yield _TOLD[kind].format(name if len(name) <= 40 else name[:37] + "...")


@cache
def _pattern(story_family: str) -> re.Pattern[str]:
    own = [_FORMS[story_family]] if story_family else _FORMS.values()
    forms = dict.fromkeys([*_ALWAYS, *(form for forms in own for form in forms)])
    return re.compile("|".join(forms))
