"""From an SCXML document to a ``Chart``, with what the chart leaves to its host beside it.

Translation only: how a machine moves between these states is not decided here.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from scenario_assets.runtime.statechart import Chart, Kind, State, Transition

Element = ElementTree.Element

_STATES = ("state", "parallel", "final", "history")


@dataclass(frozen=True, slots=True)
class Way:
    """What a transition needs and does: event descriptors (none: eventless), a condition, its content."""

    events: tuple[str, ...] = ()
    condition: str | None = None
    content: Element | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What a state does and declares: blocks of content, ``data`` elements, the data of its done event."""

    entry: tuple[Element, ...]
    exit: tuple[Element, ...]
    data: tuple[Element, ...]
    done: Element | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document: ``places`` by state, ``ways`` by transition; ``folder`` is where its ``src`` lie."""

    chart: Chart
    places: tuple[Place, ...]
    ways: tuple[Way, ...]
    name: str
    late_binding: bool
    scripts: tuple[Element, ...]
    folder: Path


def read_document(path: Path) -> Document:
    """Translate one file."""
    # The W3C's own cases, read from a folder the reader of the test has chosen.
    root = ElementTree.parse(path).getroot()  # noqa: S314
    for element in root.iter():
        element.tag = local_name(element)
    return _Translation(root).document(path.parent)


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


@dataclass
class _Draft:
    element: Element
    parent: int
    children: list[int] = field(default_factory=list)
    last: int = 0
    initial: int = -1
    transitions: list[int] = field(default_factory=list)


class _Translation:
    """States are numbered in document order first, so that transitions can point ahead."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._drafts: list[_Draft] = []
        self._transitions: list[Transition] = []
        self._ways: list[Way] = []
        self._number(root, -1)
        self._index = {self._id(index): index for index in range(len(self._drafts))}

    def document(self, folder: Path) -> Document:
        for index, draft in enumerate(self._drafts):
            draft.initial = self._initial(index)
            if draft.element.tag != "history":
                draft.transitions = [self._transition(index, e) for e in draft.element.findall("transition")]
        chart = Chart(tuple(map(self._state, range(len(self._drafts)))), tuple(self._transitions))
        return Document(
            chart=chart,
            places=tuple(_place(draft.element) for draft in self._drafts),
            ways=tuple(self._ways),
            name=self._root.get("name", ""),
            late_binding=self._root.get("binding") == "late",
            scripts=tuple(self._root.findall("script")),
            folder=folder,
        )

    def _number(self, element: Element, parent: int) -> int:
        index = len(self._drafts)
        draft = _Draft(element, parent)
        self._drafts.append(draft)
        draft.children = [self._number(child, index) for child in element if child.tag in _STATES]
        draft.last = len(self._drafts) - 1
        return index

    def _id(self, index: int) -> str:
        return self._drafts[index].element.get("id", f"(state {index})")

    def _kind(self, index: int) -> Kind:
        element = self._drafts[index].element
        match element.tag:
            case "history":
                return Kind.DEEP_HISTORY if element.get("type") == "deep" else Kind.SHALLOW_HISTORY
            case "parallel":
                return Kind.PARALLEL
            case "final":
                return Kind.FINAL
        return Kind.COMPOUND if self._drafts[index].children else Kind.ATOMIC

    def _state(self, index: int) -> State:
        draft = self._drafts[index]
        return State(
            index=index,
            id=self._id(index),
            kind=self._kind(index),
            parent=draft.parent,
            children=tuple(draft.children),
            last=draft.last,
            initial=draft.initial,
            transitions=tuple(draft.transitions),
        )

    def _initial(self, index: int) -> int:
        """3.3.1: the attribute, else the element, else the first child; a history's default is its transition."""
        draft, kind = self._drafts[index], self._kind(index)
        if kind in (Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY):
            return self._transition(index, draft.element.find("transition"))
        if kind is not Kind.COMPOUND:
            return -1
        if (named := draft.element.get("initial")) is not None:
            return self._add(index, named.split(), Way())
        if (written := draft.element.find("initial/transition")) is not None:
            return self._transition(index, written)
        return self._add(index, [self._id(draft.children[0])], Way())

    def _transition(self, source: int, element: Element | None) -> int:
        assert element is not None, "a history without a default transition"
        way = Way(tuple(element.get("event", "").split()), element.get("cond"), element)
        internal = element.get("type") == "internal"
        return self._add(source, element.get("target", "").split(), way, internal=internal)

    def _add(self, source: int, targets: list[str], way: Way, *, internal: bool = False) -> int:
        index, ends = len(self._transitions), tuple(self._index[target] for target in targets)
        # Which events match a descriptor is the host's to say, so a transition with descriptors is tried for all.
        events = None if way.events else frozenset[Hashable]()
        self._transitions.append(Transition(index, source, ends, internal, not way.events, events))
        self._ways.append(way)
        return index


def _place(element: Element) -> Place:
    return Place(
        entry=tuple(element.findall("onentry")),
        exit=tuple(element.findall("onexit")),
        data=tuple(element.findall("datamodel/data")),
        done=element.find("donedata"),
    )
