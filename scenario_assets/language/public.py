"""What a client may know of a scenario: ``welcome.scenario`` of the wire protocol, as JSON-able data."""

from typing import Literal

from scenario_assets.language.behaviour import Node
from scenario_assets.language.document import Scenario

Role = Literal["trainee", "instructor"]


def public(scenario: Scenario, *, role: str, media_base: str) -> dict[str, object]:
    """The scenario as this role may see it; ``media_base`` is the URL path of its media folder."""
    seen: dict[str, object] = {
        "id": scenario.id,
        "title": scenario.title,
        "briefing": scenario.briefing,
        "warnings": [{"topic": notice.topic, "level": notice.level} for notice in scenario.warnings],
        "reviewed": bool(scenario.reviewed_by),
        "locale": scenario.locale,
        "scene": _scene(scenario),
        "actors": {name: {"name": actor.name, "role": actor.role} for name, actor in scenario.actors.items()},
        "choices": {name: {"key": item.key, "text": item.text} for name, item in scenario.choices.items()},
        "radio": {name: {"key": item.key, "text": item.text} for name, item in scenario.radio.items()},
        "acts": {name: {"key": item.key, "text": item.text} for name, item in scenario.acts.items()},
        "lines": _lines(scenario, media_base.rstrip("/")),
    }
    return seen | _for_instructor(scenario) if role == "instructor" else seen


def _scene(scenario: Scenario) -> dict[str, object]:
    scene = scenario.scene
    return {
        "setting": scene.setting,
        "bounds": {"x": list(scene.bounds.x), "z": list(scene.bounds.z)},
        "cover": [
            {"id": box.id, "label": box.label, "center": list(box.center), "size": list(box.size)}
            for box in scene.cover
        ],
        "starts": {who: {"at": list(start.at), "yaw": start.yaw} for who, start in scene.starts.items()},
    }


def _lines(scenario: Scenario, media_base: str) -> dict[str, object]:
    lines: dict[str, object] = {}
    for name, line in scenario.lines.items():
        file = scenario.audio(name)
        audio = f"{media_base}/{file}" if file else None
        lines[name] = {"actor": line.actor, "text": line.text, "audio": audio}
    return lines


def _for_instructor(scenario: Scenario) -> dict[str, object]:
    return {
        "injects": {name: {"key": item.key, "text": item.text} for name, item in scenario.injects.items()},
        "said": {name: {"key": item.key, "text": item.text} for name, item in scenario.said.items()},
        "regions": {region: [*_paths(nodes, "")] for region, nodes in scenario.regions.items()},
        "states": {
            name: {"low": state.range[0], "high": state.range[1]} for name, state in scenario.dynamics.items()
        },
        "signals": {
            name: {"source": signal.source, "unit": signal.unit, "type": signal.type}
            for name, signal in scenario.signals.items()
        },
    }


def _paths(nodes: "dict[str, Node] | object", prefix: str) -> list[str]:
    paths: list[str] = []
    assert isinstance(nodes, dict)  # noqa: S101 - the loader makes dicts
    for name, node in nodes.items():
        paths.append(prefix + name)
        paths.extend(_paths(node.states, f"{prefix}{name}."))
    return paths
