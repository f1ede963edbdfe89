"""What a client may know of a scenario: ``welcome.scenario`` of the wire protocol, as JSON-able data."""

from collections.abc import Mapping
from typing import Literal

from scenario_assets.language.behaviour import Media, Node
from scenario_assets.language.document import Scenario
from scenario_assets.language.staging import Actor

Role = Literal["trainee", "instructor"]


#: A session in which nobody's looks were drawn.
NONE: Mapping[str, str] = {}


def public(
    scenario: Scenario, *, role: str, media_base: str, variants: Mapping[str, str] = NONE
) -> dict[str, object]:
    """The scenario as this role may see it.

    ``media_base`` is the URL path of its media folder, ``variants`` who the actors appear to be in the session.
    """
    seen: dict[str, object] = {
        "id": scenario.id,
        "title": scenario.title,
        "briefing": scenario.briefing,
        "warnings": [{"topic": notice.topic, "level": notice.level} for notice in scenario.warnings],
        "reviewed": bool(scenario.reviewed_by),
        "locale": scenario.locale,
        "scene": _scene(scenario),
        "actors": {name: _actor(actor, variants.get(name)) for name, actor in scenario.actors.items()},
        "choices": {name: {"key": item.key, "text": item.text} for name, item in scenario.choices.items()},
        "radio": {name: {"key": item.key, "text": item.text} for name, item in scenario.radio.items()},
        "acts": {name: {"key": item.key, "text": item.text} for name, item in scenario.acts.items()},
        "lines": _lines(scenario, media_base.rstrip("/"), variants),
    }
    return seen | _for_instructor(scenario) if role == "instructor" else seen


def media_as_json(media: Media, *, media_base: str, locale: str) -> dict[str, str | bool]:
    """What a station shows in a node: kind, files as URL paths in this language, and how to show them."""
    files = {"video": media.video, "video360": media.video360, "still": media.still, "captions": media.captions}
    shown: dict[str, str | bool] = {
        kind: f"{media_base}/{file.replace('{locale}', locale)}" for kind, file in files.items() if file is not None
    }
    words = {"scene": media.scene, "stereo": media.stereo}
    return shown | {name: word for name, word in words.items() if word is not None} | {"loop": media.loop}


def _scene(scenario: Scenario) -> dict[str, object]:
    scene = scenario.scene
    return {
        "setting": scene.setting,
        "bounds": {"x": list(scene.bounds.x), "z": list(scene.bounds.z)},
        "cover": [
            {"id": box.id, "label": box.label, "center": list(box.center), "size": list(box.size)}
            for box in scene.cover
        ],
        "hazards": [
            {"id": one.id, "label": one.label, "kind": one.kind, "center": list(one.center), "size": list(one.size)}
            for one in scene.hazards
        ],
        "starts": {who: {"at": list(start.at), "yaw": start.yaw} for who, start in scene.starts.items()},
    }


def _actor(actor: Actor, drawn: str | None) -> dict[str, object]:
    variant = actor.variants[drawn] if drawn is not None else None
    name = variant.name if variant is not None else None
    look = variant.look if variant is not None else None
    return {"name": name or actor.name, "role": actor.role, "look": look or actor.look}


def _lines(scenario: Scenario, media_base: str, variants: Mapping[str, str]) -> dict[str, object]:
    lines: dict[str, object] = {}
    for name, line in scenario.lines.items():
        drawn = variants.get(line.actor)
        own_voice = drawn is not None and scenario.actors[line.actor].variants[drawn].voice is not None
        file = scenario.audio(name, variant=drawn if own_voice else None)
        audio = f"{media_base}/{file}" if file else None
        lines[name] = {"actor": line.actor, "text": line.text, "audio": audio}
    return lines


def _for_instructor(scenario: Scenario) -> dict[str, object]:
    return {
        "injects": {name: {"key": item.key, "text": item.text} for name, item in scenario.injects.items()},
        "said": {name: {"key": item.key, "text": item.text} for name, item in scenario.said.items()},
        "regions": {region: list(_threats(nodes, "", None)) for region, nodes in scenario.regions.items()},
        "person": scenario.scoring.person,
        "goal": {"state": scenario.scoring.outcome.state, "direction": scenario.scoring.outcome.direction},
        "distance": dict(scenario.scoring.distance),
        "threats": {
            region: {path: threat for path, threat in _threats(nodes, "", None).items() if threat is not None}
            for region, nodes in scenario.regions.items()
        },
        "outcomes": {name: {"text": outcome.text} for name, outcome in scenario.outcomes.items()},
        "states": {
            name: {"low": state.range[0], "high": state.range[1]} for name, state in scenario.dynamics.items()
        },
        "signals": {
            name: {"source": signal.source, "unit": signal.unit, "type": signal.type}
            for name, signal in scenario.signals.items()
        },
    }


def _threats(nodes: Mapping[str, Node], prefix: str, inherited: str | None) -> dict[str, str | None]:
    """Every node by its path, in the order of the file, with the threat state it declares or inherits."""
    threats: dict[str, str | None] = {}
    for name, node in nodes.items():
        threat = node.threat or inherited
        threats[prefix + name] = threat
        threats |= _threats(node.states, f"{prefix}{name}.", threat)
    return threats
