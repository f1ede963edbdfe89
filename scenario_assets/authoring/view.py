"""What somebody who plays sees at a moment: who is there, what can be done, and, for authors, what goes on inside."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from scenario_assets.authoring.game import Game
from scenario_assets.runtime import ActorView
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.cover import corners, hidden
from scenario_assets.runtime.senses import EYES_M

#: Further from every named place than this, somebody is simply somewhere.
_NEAR_M: Final = 1.5


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody who is there; ``near`` is a place of the scene or empty, ``distance`` metres to the trainee."""

    name: str
    role: str
    distance: float
    near: str
    doing: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done now, by its key; ``status`` is that of a radio request already made."""

    key: str
    words: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Inner:
    """A continuous state: its value, why it changes, and how fast (per second)."""

    name: str
    value: float
    why: str
    rate: float


@dataclass(frozen=True, slots=True)
class View:
    """``covered`` is the share of the trainee that the person cannot see; ``asked`` what the next key is to name."""

    ms: int
    people: tuple[Seen, ...]
    covered: float
    loud: bool
    choices: tuple[Offer, ...]
    others: tuple[Offer, ...]
    asked: tuple[Offer, ...]
    inner: tuple[Inner, ...]
    nodes: Mapping[str, str]


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def text(self) -> str: ...


def look(game: Game) -> View:
    """The present moment of a game."""
    engine, scenario = game.session.engine, game.scenario
    stance = game.session.trainee.stance(game.now)
    choices = [scenario.choices[name] for name in engine.offered]
    radio = (
        Offer(item.key, item.text, engine.radio.get(name, "").replace("_", " "))
        for name, item in scenario.radio.items()
    )
    return View(
        ms=game.now,
        people=tuple(_people(game, stance.at)),
        covered=_covered(game, stance.at),
        loud=game.player is not None and game.player.loud,
        choices=_offers(choices),
        others=(*_offers(scenario.acts.values()), *radio),
        asked=_offers(getattr(scenario, game.asking).values()) if game.asking is not None else (),
        inner=tuple(
            Inner(name, value, engine.causes[name].label, engine.causes[name].rate)
            for name, value in engine.states.items()
        ),
        nodes=engine.nodes,
    )


def _offers(items: Iterable[_Keyed]) -> tuple[Offer, ...]:
    return tuple(Offer(item.key, item.text) for item in items)


def _people(game: Game, trainee: Point) -> Iterator[Seen]:
    """The person first, then the others in the order of the file."""
    views = game.session.engine.actors
    for name in sorted(views, key=lambda actor: actor != game.scenario.scoring.person):
        place = (views[name].x, views[name].z)
        role = game.scenario.actors[name].role
        yield Seen(game.name_of(name), role, math.dist(place, trainee), _near(game, place), _doing(views[name]))


def _near(game: Game, place: Point) -> str:
    places = game.scenario.scene.places
    nearest = min(places, key=lambda name: math.dist(places[name], place), default=None)
    if nearest is None or math.dist(places[nearest], place) > _NEAR_M:
        return ""
    return nearest.replace("_", " ")


def _doing(actor: ActorView) -> str:
    walking = "walking" if actor.speed > 0 else actor.posture
    gesture = actor.gesture.replace("_", " ")
    return walking if gesture in ("idle", walking) else f"{walking}, {gesture}"


def _covered(game: Game, trainee: Point) -> float:
    boxes = [corners(box) for box in game.scenario.scene.cover]
    eyes = game.session.engine.eyes_of(game.scenario.scoring.person)
    return hidden((trainee[0], EYES_M, trainee[1]), eyes, boxes)
