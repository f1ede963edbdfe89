"""The threat read back from the branches is the one the running engine had."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from scenario_assets.language import load
from scenario_assets.runtime import Engine
from scenario_assets.runtime.inputs import Inject
from scoring import threat

TEXT = """
format: talkdown-scenario/1
id: moods
title: Moods
locale: en
briefing: Somebody's mood changes.
warnings: [{topic: shouting, level: mild}]
seed: 1
limit: {after: 60 min, end: stalemate}
start: {weather: dry, person: quiet}
scene: {setting: bus_shelter, bounds: {x: [-9, 9], z: [-9, 9]}, starts: {trainee: {at: [0, 4]}}}
actors: {person: {name: Sam, role: the person, at: [0, 0]}}
signals: {distance: {source: trainee.distance_to.person, unit: m, range: [0, 9], step: 0.1, stale_after: 1 s}}
regions:
  weather:
    dry: {next: [{when: event(rain), to: wet}]}
    wet: {next: [{when: event(rain), to: dry}]}
  person:
    quiet: {next: [{when: event(anger), to: upset}, {when: event(fear), to: cornered}]}
    upset:
      threat: agitated
      resume: deep
      start: pacing
      states:
        pacing: {next: [{when: event(anger), to: raging}]}
        raging:
          start: shouting
          states:
            shouting: {next: [{when: event(anger), to: armed}]}
            armed: {threat: contact_weapon, next: [{when: event(anger), to: shouting}]}
      next: [{when: event(rest), to: quiet}, {when: event(fear), to: cornered}]
    cornered:
      threat: calm
      resume: shallow
      start: frozen
      states:
        frozen: {next: [{when: event(fear), to: pleading}]}
        pleading:
          threat: agitated
          start: low
          states: {low: {next: [{when: event(fear), to: high}]}, high: {threat: firearm}}
      next: [{when: event(rest), to: quiet}, {when: event(anger), to: upset}]
said: {}
injects:
  rain: {key: a, text: Rain, do: {emit: rain}}
  anger: {key: b, text: Anger, do: {emit: anger}}
  fear: {key: c, text: Fear, do: {emit: fear}}
  rest: {key: d, text: Rest, do: {emit: rest}}
  arm: {key: e, text: Armed at once, do: {goto: {person: upset.raging.armed}}}
  corner: {key: f, text: Cornered at once, do: {goto: {person: cornered}}}
  upset: {key: g, text: Upset at once, do: {goto: {person: upset}}}
outcomes: {stalemate: {text: Nothing changed., direction: mixed, disposition: 0.4}}
scoring:
  person: person
  outcome: {state: anger, direction: down}
  distance: {calm: 1.2 m, agitated: 2 m, contact_weapon: 6 m, firearm: 9 m}
dynamics: {anger: {initial: 1, range: [0, 100]}}
policies: {nothing: {steps: []}}
expect: [{policy: nothing, seeds: 1, outcome: stalemate, at_least: 100%}]
"""
SCENARIO = load("moods.yaml", text=TEXT)


@given(st.lists(st.sampled_from(sorted(SCENARIO.injects)), max_size=40))
def test_the_threat_is_the_engines(injects: list[str]) -> None:
    engine = Engine(SCENARIO, seed=1)
    engine.start()
    entries, truth = [], [engine.threat()]
    for second, name in enumerate(injects, start=1):
        for effect in engine.apply(Inject(name), 1000 * second):
            kind, data = effect.event()
            if kind == "branch":
                fresh = str(data["rule"]).endswith(threat.GOTO)
                entries.append(threat.Entry(second, str(data["region"]), str(data["target"]), fresh))
        truth.append(engine.threat())
    found = threat.read(SCENARIO.regions, SCENARIO.start, entries)
    at = found.index(np.arange(len(truth), dtype=float))
    assert [found.names[index] for index in at.tolist()] == truth


def test_the_spans_of_a_threat() -> None:
    found = threat.Threats(np.array([0.0, 5.0, 8.0]), ("calm", "agitated", "calm"))
    assert found.during(["calm"], 10.0).tolist() == [[0, 5], [8, 10]]
    assert found.during(["agitated", "calm"], 10.0).tolist() == [[0, 5], [5, 8], [8, 10]]
    assert found.during([], 10.0).tolist() == []
