"""A small complete scenario, and how tests change it."""

from functools import cache

from scenario_assets.language import Scenario, load

SMALL = """\
format: talkdown-scenario/1
id: small
title: A small scenario
locale: en
briefing: Somebody stands in a yard.
warnings: [{topic: shouting, level: mild}]
seed: 7
limit: {after: 3 min, end: nothing}
start: {person: pacing, bystander: near}
scene:
  setting: yard
  bounds: {x: [-5, 5], z: [-5, 5]}
  cover:
    - {id: wall, label: wall, center: [2, 1, 0], size: [1, 2, 0.2]}
  starts: {trainee: {at: [0, 4], yaw: 0}}
  places: {door: [0, -2], bench: [2, -2]}
actors:
  kim: {name: Kim, role: the person, at: door, facing: trainee, arousal: agitation}
  lee: {name: Lee, role: neighbour, at: [3, 0], facing: kim}
signals:
  distance: {source: trainee.distance_to.kim, unit: m, range: [0, 20], step: 0.1, stale_after: 500 ms}
  voice: {source: trainee.voice_rel_baseline, unit: LU, range: [-60, 40], step: 0.5, stale_after: 500 ms}
  speaking: {source: trainee.speaking, type: bool, stale_after: 500 ms}
facts:
  reason: [{noise: 0.5}, {grief: 0.5}]
dynamics:
  agitation:
    initial: 50
    range: [0, 100]
    half_life: {to: 40, after: 1 min}
    drives:
      - {when: distance < 2 m, rate: +6 /s, label: crowding}
      - {when: said(reflection) within 5 s, rate: -2 /s, label: understood}
reflexes:
  - {when: said(threat), label: flinches, add: {agitation: 5}, say: no}
regions:
  person:
    pacing:
      threat: agitated
      enter: {move: {kim: {path: [door, bench], speed: 0.5 m/s, loop: true}}}
      cues:
        - {at: 2 s, say: hello, emit: cue_shown}
        - {every: "uniform(3 s, 5 s)", say: [mutter, murmur, whisper]}
      offers: [greet, offer]
      next:
        - {when: agitation >= 80, to: shouting, label: escalation}
        - {when: choice(greet), to: [{talking: 0.5}, {pacing: 0.5}], label: greeted}
        - {when: distance < 1 m for 1 s, to: shouting, label: cornered}
    shouting:
      threat: agitated
      enter: {say: shout, emit: person_shouts, pose: {kim: {gesture: agitated}}}
      next:
        - {when: agitation < 60 for 2 s, to: pacing}
        - {after: 60 s, to: left}
    talking:
      threat: calm
      start: standing
      offers: offer
      next:
        - {when: choice(offer), to: helped, label: accepts}
        - {when: agitation >= 90, to: shouting}
      states:
        standing: {next: [{after: "uniform(2 s, 6 s)", to: sitting}]}
        sitting: {enter: {pose: {kim: {posture: sitting}}}}
    helped: {end: helped}
    left: {end: left}
  bystander:
    near:
      next:
        - {when: event(person_shouts), to: far}
        - {after: "uniform(20 s, 40 s)", to: far}
    far:
      enter: {move: {lee: {to: [4, 4], speed: 2 m/s}}}
      cues: [{at: 30 s, when: "fact(reason, grief)", pose: {lee: {gesture: pleading}}}]
choices:
  greet: {key: "1", text: Hello., said: reflection}
  offer: {key: "2", text: Come along., when: agitation < 70, once: true}
acts:
  wait: {key: w, text: Wait}
radio:
  helper: {key: r, text: Ask for a co-responder, kind: co_responder}
said:
  reflection: {key: "1", text: Reflection}
  threat: {key: "2", text: Threat}
injects:
  siren: {key: s, text: A siren, do: {add: {agitation: 10}}}
  calm: {key: c, text: Kim sits, do: {goto: {person: talking.sitting}}}
lines:
  hello: {actor: kim, text: Hello there.}
  mutter: {actor: kim, text: One thing at a time.}
  murmur: {actor: kim, text: And then the next.}
  whisper: {actor: kim, text: Slowly now.}
  shout: {actor: kim, text: Leave me be!}
  no: {actor: kim, text: "No, no."}
outcomes:
  helped: {text: Kim comes along, direction: good, disposition: 1.0}
  left: {text: Kim leaves, direction: poor, disposition: 0.1}
  nothing: {text: Time is over, direction: mixed, disposition: 0.3}
scoring:
  person: kim
  outcome: {state: agitation, direction: down}
  distance: {calm: 1.2 m, agitated: 2.0 m}
  help: {indicated: cue_shown, counts: [helper]}
policies:
  nothing: {note: Stands still.}
  friend:
    steps:
      - {at: 1 s, approach: {to: 3 m, speed: 1 m/s}}
      - {at: 2 s, choose: greet}
      - {at: 4 s, every: 5 s, speak: {level: 0 LU, lasting: 2 s, said: reflection}}
      - {at: 20 s, every: 5 s, choose: [offer, greet]}
expect:
  - {policy: nothing, seeds: 3, outcome: nothing, at_least: 100%}
"""


def changed(*changes: tuple[str, str]) -> str:
    """The small scenario with each first text replaced by the second; each must stand in it once."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


@cache
def small(*changes: tuple[str, str]) -> Scenario:
    """The small scenario, changed and loaded."""
    return load("small.yaml", text=changed(*changes))
