"""For every check code: changes that bring the fault about, and others, as like them as can be, that do not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scenario_assets.language.faults import Severity
from tests.scenario_assets.footage import film
from tests.scenario_assets.texts import SMALL

Changes = tuple[tuple[str, str], ...]
#: File name inside the scenario's folder -> its text, or what writes it.
Files = Mapping[str, str | Callable[[Path], object]]
NO_FILES: Files = {}

TINY = """\
format: talkdown-scenario/1
id: tiny
title: Somebody at a door
locale: en
briefing: Kim stands at a door.
warnings: [{topic: shouting, level: mild}]
seed: 7
limit: {after: 40 s, end: calm}
start: {person: waiting}
scene:
  setting: yard
  bounds: {x: [-5, 5], z: [-5, 5]}
  starts: {trainee: {at: [0, 4]}}
actors:
  kim: {name: Kim, role: the person, at: [0, -2]}
signals:
  distance: {source: trainee.distance_to.kim, unit: m, range: [0, 20], step: 0.1, stale_after: 500 ms}
dynamics:
  agitation:
    initial: 40
    range: [0, 100]
    drives: [{when: distance < 2 m, rate: +20 /s, label: crowding}]
regions:
  person:
    waiting:
      threat: calm
      next: [{when: agitation > 60, to: upset}, {after: 20 s, to: calmer}]
    upset: {end: left}
    calmer: {end: calm}
outcomes:
  calm: {text: Kim goes in, direction: good, disposition: 1.0}
  left: {text: Kim leaves, direction: poor, disposition: 0.1}
scoring:
  person: kim
  outcome: {state: agitation, direction: down}
  distance: {calm: 1.2 m}
policies:
  far: {note: Stands still.}
  near: {steps: [{at: 1 s, approach: {to: 1 m}}]}
expect:
  - {policy: near, seeds: 3, outcome: left, at_least: 100%}
"""

VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\nWho sent you?\n"
GERMAN = """\
format: talkdown-locale/1
locale: de
title: Ein kleines Szenario
briefing: Jemand steht in einem Hof.
actors: {kim: {role: die Person}, lee: {role: nebenan}}
lines: {hello: Hallo., mutter: Eins nach dem anderen., murmur: Und weiter., whisper: Langsam., shout: Weg!, no: Nein.}
choices: {greet: Hallo., offer: Kommen Sie mit.}
acts: {wait: Warten}
radio: {helper: Hilfe rufen}
said: {reflection: Spiegeln, threat: Drohung}
injects: {siren: Eine Sirene, calm: Kim setzt sich}
outcomes: {helped: Kim kommt mit, left: Kim geht, nothing: Die Zeit ist um}
cover: {wall: Mauer}
"""


#: A story made with Twine, to be imported.
STORY = """\
:: Start
Kim stands at a door.
[[Ask what has happened->Talking]]

:: Talking [end-helped]
Kim answers.
"""


@dataclass(frozen=True)
class Pair:
    """``bad`` has the fault, ``good`` has none of its code; ``files`` lie beside the scenario, or ``good_files``."""

    message: str
    bad: Changes = ()
    good: Changes = ()
    severity: Severity = "error"
    base: str = SMALL
    files: Files = field(default_factory=dict)
    good_files: Files | None = None


def _swap(message: str, old: str, bad: str, good: str, severity: Severity = "error") -> Pair:
    """Two texts for the same place."""
    return Pair(message, ((old, bad),), ((old, good),), severity)


def _warns(message: str, old: str, bad: str, good: str) -> Pair:
    return _swap(message, old, bad, good, "warning")


def _also(message: str, changes: Changes, old: str, bad: str, good: str, severity: Severity = "error") -> Pair:
    """Two texts for the same place of a scenario that is changed elsewhere too."""
    return Pair(message, (*changes, (old, bad)), (*changes, (old, good)), severity)


def _shows(message: str, bad: str, good: str, severity: Severity = "error", *, beside: Files = NO_FILES) -> Pair:
    """Two kinds of media of the first node, with a sound film in the folder of media, and other files."""
    return Pair(message, (_media(bad),), (_media(good),), severity, files={"media/kim.mp4": film, **beside})


def _media(media: str) -> tuple[str, str]:
    return "    pacing:\n", f"    pacing:\n      media: {{{media}}}\n"


def _german(message: str, old: str, new: str, severity: Severity = "error") -> Pair:
    """A fault of the translation."""
    assert GERMAN.count(old) == 1
    faulty = {"locales/de.yaml": GERMAN.replace(old, new)}
    return Pair(message, severity=severity, files=faulty, good_files={"locales/de.yaml": GERMAN})


FILM = "video: kim.mp4, loop: true, flashing: false"
CAPTIONED = f"{FILM}, captions: kim.vtt"
WALL = "0.2]}\n  starts"
LEFT_LATE = "{after: 60 s, to: left}"
CORNERED = "label: cornered}"
GOTO = "goto: {person: talking.sitting}"
HELPED = "    helped: {end: helped}"
STUCK = "    helped: {end: helped}\n    stuck: {}"
LEE = "at: [3, 0], facing: kim"
OFFER = 'offer: {key: "2", text: Come along.'
PACING = "    pacing:\n"
TAKES_OVER = ("  help: {indicated", "  handover: {to: helper, fields: [who, risk]}\n  help: {indicated")
#: The bystander's only way on waits for something that the person's region may give.
WAITS = '{after: "uniform(20 s, 40 s)", to: far}'
NO_SHOUT = ("{when: event(person_shouts), to: far}", "{when: event(person_shouts), to: near}")
SHOO = ("\nacts:\n", '\n  shoo: {key: "3", text: Go on home.}\nacts:\n')
#: Kim may appear to be somebody else.
LOOKS = "arousal: agitation}"
YOUNG_OR_OLD = "arousal: agitation, variants: {one: {weight: 0.5}, other: {weight: 0.5}}}"
FLINCHES = "{when: said(threat), label: flinches, add: {agitation: 5}, say: no}"

PAIRS: Mapping[str, tuple[Pair, ...]] = {
    "S000": (
        _swap("twice: first in line 7", "seed: 7", "seed: 7\nseed: 8", "seed: 8"),
        Pair(
            "cannot be opened",
            files={"locales/de.yaml": lambda path: path.mkdir()},
            good_files={"locales/de.yaml": GERMAN},
        ),
    ),
    "S001": (
        _swap("unknown key 'colour'", "locale: en", "locale: en\ncolour: red", "locale: en\ndifficulty: 1"),
        _swap("expected a name", "setting: yard", "setting: true", 'setting: "true"'),
        _swap("expected a time", "limit: {after: 3 min", "limit: {after: 3", "limit: {after: 3 s"),
        _shows("one of video, video360 and scene", f"{FILM}, scene: yard", FILM),
        _shows("stereo belongs to a film", "scene: yard, stereo: mono", "scene: yard"),
        _swap(
            "'wall' of cover stands already in line 14",
            WALL,
            "0.2]}\n    - {id: wall, label: gate, center: [0, 1, 0], size: [1, 1, 1]}\n  starts",
            "0.2]}\n    - {id: gate, label: gate, center: [0, 1, 0], size: [1, 1, 1]}\n  starts",
        ),
        _german("unknown key 'titel'", "title:", "titel:"),
    ),
    "S002": (_swap("expected a signal", "when: distance < 2 m", "when: distance < 2 m and", "when: distance < 3 m"),),
    "S010": (
        _swap("person.left can never be reached", LEFT_LATE, "{after: 60 s, to: pacing}", "{after: 50 s, to: left}"),
        _also(
            "bystander.far can never be reached",
            (NO_SHOUT, ("cues: [{at: 30 s,", "cues: [{at: 30 s, emit: gone,")),
            WAITS,
            "{when: event(gone), to: far}",
            "{when: event(arrived_kim), to: far}",
        ),
        _also(
            "bystander.far can never be reached",
            (NO_SHOUT, (WAITS, "{when: choice(shoo), to: far}"), SHOO),
            "    near:\n",
            "    near:\n      offers: []\n",
            "    near:\n      offers: shoo\n",
        ),
        Pair(
            "bystander.far can never be reached",
            (NO_SHOUT, (WAITS, "{when: node(person.left), to: far}"), (LEFT_LATE, "{after: 60 s, to: helped}")),
            (NO_SHOUT, (WAITS, "{when: node(person.left), to: far}"), (LEFT_LATE, "{after: 50 s, to: left}")),
        ),
    ),
    "S011": (
        _also(
            "no ending can be reached from person.stuck",
            (("agitation < 60 for 2 s, to: pacing", "agitation < 60 for 2 s, to: stuck"),),
            HELPED,
            STUCK,
            STUCK.replace("{}", "{end: left}"),
            "warning",
        ),
    ),
    "S012": (
        _swap(
            "back to it at once",
            LEFT_LATE,
            f"{LEFT_LATE}\n        - {{after: 0 s, to: shouting}}",
            f"{LEFT_LATE}\n        - {{after: 9 s, to: shouting}}",
        ),
        _swap(
            "back to it at once",
            LEFT_LATE,
            f'{LEFT_LATE}\n        - {{after: "uniform(0 s, 0.4 ms)", to: shouting}}',
            f'{LEFT_LATE}\n        - {{after: "uniform(0 s, 9 s)", to: shouting}}',
        ),
    ),
    "S020": (
        _swap(
            "never be true",
            "when: distance < 2 m",
            "when: distance < 2 m and distance > 3 m",
            "when: distance < 2 m or distance > 3 m",
        ),
        _swap(
            "never be true",
            LEFT_LATE,
            "{after: 60 s, when: node(person.pacing), to: left}",
            "{after: 60 s, when: node(bystander.far), to: left}",
        ),
        _swap(
            "never be true",
            "distance < 1 m for 1 s",
            "(distance < 1 m for 2 s) and not (distance < 1 m for 1 s)",
            "(distance < 1 m for 1 s) and not (distance < 1 m for 2 s)",
        ),
        _swap(
            "write `within`",
            "when: agitation < 70",
            "when: choice(greet)",
            "when: choice(greet) within 5 s",
        ),
    ),
    "S021": (
        _warns(
            "`agitation >= 0` is always true", "when: agitation < 70", "when: agitation >= 0", "when: agitation > 0"
        ),
        _warns(
            "can never be taken: `agitation >= 80` in line",
            CORNERED,
            f"{CORNERED}\n        - {{when: agitation >= 85, to: left}}",
            f"{CORNERED}\n        - {{when: agitation >= 75, to: left}}",
        ),
        _warns(
            "can never be taken: `distance < 1 m for 1 s` in line",
            CORNERED,
            f"{CORNERED}\n        - {{when: distance < 1 m for 2 s, to: left}}",
            f"{CORNERED}\n        - {{when: distance < 1 m for 500 ms, to: left}}",
        ),
        _warns(
            "can never be taken: a transition without `when` in line",
            "{when: agitation < 60 for 2 s, to: pacing}",
            "{when: agitation < 60, after: 61 s, to: pacing}",
            "{when: agitation < 60, after: 60 s, to: pacing}",
        ),
    ),
    "S022": (
        _swap(
            "node's own `after 60 s`",
            "agitation < 60 for 2 s",
            "agitation < 60 for 61 s",
            "agitation < 60 for 59 s",
        ),
    ),
    "S023": (
        _swap(
            "did you mean 'person_shouts'?",
            "when: event(person_shouts)",
            "when: event(person_shout)",
            "when: event(person_shouts) or event(cue_shown)",
        ),
        _also(
            "no radio request 'taxi'",
            ((OFFER, f"{OFFER}, tells: [who, risk]"),),
            TAKES_OVER[0],
            TAKES_OVER[1].replace("to: helper", "to: taxi"),
            TAKES_OVER[1],
        ),
        _swap(
            "no line 'helo'; did you mean 'hello'?",
            "{at: 2 s, choose: greet}",
            "{at: 2 s, heard: helo, choose: greet}",
            "{at: 2 s, heard: hello, choose: greet}",
        ),
        _also(
            "needs 'risk', but no choice", (TAKES_OVER,), OFFER, f"{OFFER}, tells: who", f"{OFFER}, tells: [who, risk]"
        ),
        _also(
            "line 'spare' is never spoken",
            (("lines:\n", "lines:\n  spare: {actor: kim, text: Never.}\n"),),
            "say: shout,",
            "say: [shout],",
            "say: [shout, spare],",
            "warning",
        ),
        _warns(
            "event 'cries' is emitted, but nothing asks for it",
            "emit: person_shouts",
            "emit: [person_shouts, cries]",
            "emit: [cue_shown, person_shouts]",
        ),
        _warns("fact 'reason' is never asked for", '"fact(reason, grief)"', "agitation > 5", '"fact(reason, noise)"'),
        _also(
            "state 'trust' is never read",
            (("reflexes:\n", "  trust: {initial: 10, range: [0, 100]}\nreflexes:\n"),),
            "when: agitation < 70",
            "when: agitation < 60",
            "when: trust < 70",
            "warning",
        ),
        _also(
            "place 'gate' is never gone to",
            (("bench: [2, -2]}", "bench: [2, -2], gate: [0, -4]}"),),
            "to: [4, 4], speed",
            "to: [0, 4], speed",
            "to: gate, speed",
            "warning",
        ),
    ),
    "S024": (
        _swap(
            "parentheses",
            "when: distance < 2 m",
            "when: speaking and distance < 2 m for 1 s",
            "when: speaking and (distance < 2 m for 1 s)",
        ),
    ),
    "S030": (
        Pair("there is no file", (_media(FILM),), (_media(FILM),), good_files={"media/kim.mp4": film}),
        _shows("its sha256 is", f"{FILM}, sha256: {'0' * 64}", FILM),
        _shows("say mono, top_bottom", f"video360: {FILM[7:]}", f"video360: {FILM[7:]}, stereo: mono"),
        _shows("only {locale} can stand in braces", f"{FILM}, still: 'kim{{en}}.png'", FILM),
    ),
    "S031": (
        _shows("a `still` is shown", FILM, f"{FILM}, still: kim.png", "warning", beside={"media/kim.png": "a picture"}),
    ),
    "S040": (
        _swap("no caption text", "text: Hello there.", 'text: ""', "text: H"),
        _swap("a caption 160", "text: Hello there.", f"text: {'h' * 161}", f"text: {'h' * 160}"),
        _shows("there are no captions", CAPTIONED, f"{FILM}, captions: kim2.vtt", beside={"media/kim2.vtt": VTT}),
        Pair(
            "ends before it begins",
            (_media(CAPTIONED),),
            (_media(CAPTIONED),),
            files={"media/kim.mp4": film, "media/kim.vtt": VTT.replace("00:03.000", "00:00.900")},
            good_files={"media/kim.mp4": film, "media/kim.vtt": VTT},
        ),
        _german("no entry of lines 'helo'; did you mean 'hello'?", "hello:", "helo:"),
        _german("locale fr stands in de.yaml", "locale: de", "locale: fr"),
        _german("lines: not translated: no", ", no: Nein.", "", "warning"),
        _german("the blanks are {name}, in the scenario none", "Weg!", '"Weg, {name}!"'),
    ),
    "S041": (
        _shows("say `flashing: false`, or true", "video: kim.mp4, loop: true", FILM),
        _also(
            "warn of the topic flashing",
            (_media("video: kim.mp4, loop: true, flashing: true"),),
            "{topic: shouting, level: mild}",
            "{topic: force, level: mild}",
            "{topic: flashing, level: mild}",
        ),
    ),
    "S050": (
        _swap(
            "no content warning",
            "warnings: [{topic: shouting, level: mild}]",
            "warnings: []",
            "warnings: [{topic: slur, level: mild}]",
        ),
        _swap(
            "person.pacing holds shouting, strong; the scenario's warnings say only mild",
            PACING,
            f"{PACING}      warnings: [{{topic: shouting, level: strong}}]\n",
            f"{PACING}      warnings: [{{topic: shouting, level: mild}}]\n",
        ),
        _swap(
            "person.pacing holds weapon, mild; the scenario's warnings say nothing",
            PACING,
            f"{PACING}      warnings: [{{topic: weapon, level: mild}}]\n",
            f"{PACING}      warnings: [{{topic: shouting, level: mild}}]\n",
        ),
    ),
    "S060": (
        _warns(
            "nobody waits for 'siren'",
            "{add: {agitation: 10}}}",
            "{add: {agitation: 10}, emit: siren}}",
            "{add: {agitation: 10}, emit: person_shouts}}",
        ),
        _warns(
            "person.left ends the scenario, whatever the trainee does",
            GOTO,
            "goto: {person: left}",
            "goto: {person: talking}",
        ),
        _also(
            "no ending can be reached from person.stuck",
            ((GOTO, "goto: {person: stuck}"),),
            HELPED,
            STUCK,
            STUCK.replace("{}", "{next: [{after: 9 s, to: left}]}"),
            "warning",
        ),
        _warns("lee is never placed in the scene", LEE, "facing: kim", "at: [1, 0], facing: kim"),
        _also(
            "lee may not have been placed when this is done",
            (
                (LEE, "facing: kim"),
                ("    far:\n      enter: {move", "    far:\n      enter: {place: {lee: [1, 1]}, move"),
            ),
            GOTO,
            f"pose: {{lee: {{gesture: pleading}}}}, {GOTO}",
            f"pose: {{lee: {{gesture: pleading}}}}, place: {{lee: [1, 1]}}, {GOTO}",
            "warning",
        ),
    ),
    "S070": (
        _swap("the limit is 5 hours", "limit: {after: 3 min", "limit: {after: 300 min", "limit: {after: 240 min"),
        _swap(
            "sum to 1.1",
            "[{talking: 0.5}, {pacing: 0.5}]",
            "[{talking: 0.5}, {pacing: 0.6}]",
            "[{talking: 0.4}, {pacing: 0.6}]",
        ),
        _swap("the weights of kim's variants", LOOKS, YOUNG_OR_OLD.replace("0.5", "0.4"), YOUNG_OR_OLD),
        _swap("a weight must be above 0", LOOKS, YOUNG_OR_OLD.replace("0.5", "0", 1).replace("0.5", "1"), YOUNG_OR_OLD),
        _warns(
            "is never done: after 180 s the scenario ends",
            "{at: 2 s, choose: greet}",
            "{at: 3 min, choose: greet}",
            "{at: 2 min, choose: greet}",
        ),
        _warns(
            "never happens: after 60 s person.shouting is left",
            "gesture: agitated}}}\n",
            "gesture: agitated}}}\n      cues: [{at: 61 s, say: no}]\n",
            "gesture: agitated}}}\n      cues: [{at: 59 s, say: no}]\n",
        ),
        _warns(
            "never comes: after 180 s the scenario ends",
            LEFT_LATE,
            "{after: 200 s, to: left}",
            "{after: 100 s, to: left}",
        ),
        _swap("ends at 2 s, begins at 4 s", "every: 5 s, speak", "every: 5 s, until: 2 s, speak", "every: 6 s, speak"),
        _warns(
            "there is no `every`", "{at: 2 s, choose: greet}", "{until: 9 s, choose: greet}", "{at: 9 s, choose: greet}"
        ),
        _warns(
            "is longer than the scenario's limit",
            "at_least: 100%}",
            "at_least: 100%, within: 4 min}",
            "at_least: 100%, within: 3 min}",
        ),
        _swap(
            "would be stale at once",
            "type: bool, stale_after: 500",
            "type: bool, stale_after: 0",
            "type: bool, stale_after: 50",
        ),
        _swap(
            "is more than the whole range",
            "range: [0, 20], step: 0.1",
            "range: [0, 20], step: 30",
            "range: [0, 20], step: 1",
        ),
    ),
    "S071": (
        _swap("key 'r' is taken", "key: w, text: Wait", "key: r, text: Wait", "key: x, text: Wait"),
        _also(
            "key '1' is taken",
            ((OFFER, OFFER.replace('"2"', '"1"')),),
            "text: Hello., said",
            "text: Hello., when: agitation < 80, said",
            "text: Hello., when: agitation > 80, said",
        ),
        _also(
            "which another region may offer meanwhile",
            (("    near:\n", "    near:\n      offers: shoo\n"),),
            "\nacts:\n",
            SHOO[1].replace('"3"', '"1"'),
            SHOO[1],
            "warning",
        ),
    ),
    "S080": (
        Pair(
            "person.upset was never entered in 6 simulated sessions",
            (("approach: {to: 1 m}", "approach: {to: 3 m}"), ("outcome: left, at", "outcome: calm, at")),
            severity="warning",
            base=TINY,
        ),
        Pair(
            "never led to person.calmer",
            (("to: upset}", "to: [{upset: 0.999999}, {calmer: 0.000001}]}"),),
            severity="warning",
            base=TINY,
        ),
    ),
    "S081": (
        Pair(
            "near ends as expected in 0 % (0 to 56 %) of 3 simulated sessions",
            (("seeds: 3, outcome: left", "seeds: 3, outcome: calm"),),
            base=TINY,
        ),
    ),
    "S082": (
        Pair(
            "drive 'crowding' of agitation never worked",
            (("distance < 2 m, rate", "distance < 1 cm, rate"), ("outcome: left, at", "outcome: calm, at")),
            severity="warning",
            base=TINY,
        ),
        Pair(
            "agitation lay at an end of its range for",
            (("initial: 40", "initial: 0"),),
            severity="warning",
            base=TINY,
        ),
    ),
    "S083": (
        _swap(
            "agitated asks for 12 m, inside the bounds one can stand 9.9 m from bench at most, and from nowhere else",
            "agitated: 2.0 m}",
            "agitated: 12 m}",
            "agitated: 8 m}",
        ),
        _warns(
            "agitated asks for 9 m, inside the bounds one can stand 8.6 m from door at most",
            "agitated: 2.0 m}",
            "agitated: 9 m}",
            "agitated: 8 m}",
        ),
    ),
    "S084": (
        _also(
            "variant(kim, other) is who kim appears to be",
            ((LOOKS, YOUNG_OR_OLD),),
            FLINCHES,
            FLINCHES.replace("when: said(threat)", 'when: "said(threat) and variant(kim, other)"'),
            FLINCHES.replace("when: said(threat)", 'when: "variant(kim, other)"').replace("add: {agitation: 5}, ", ""),
        ),
        _also(
            "fact gender is about who somebody is ('gender')",
            (('"fact(reason, grief)"', '"fact(gender, grief)"'), ("  reason: [", "  gender: [")),
            "when: agitation < 70",
            'when: "fact(gender, noise)"',
            "when: agitation < 71",
        ),
        _also(
            "fact reason is about who somebody is ('old')",
            (('"fact(reason, grief)"', '"fact(reason, old)"'), ("{grief: 0.5}", "{old: 0.5}")),
            "when: agitation < 70",
            'when: "fact(reason, noise)"',
            "when: agitation < 71",
            "warning",
        ),
    ),
    "S085": (
        _swap("`reviewed_by` is empty", "seed: 7", "reviewed_by: []\nseed: 7", "reviewed_by: [A. Clinician]\nseed: 7"),
    ),
    "S090": (
        Pair(
            "SugarCube macro <<set>> has no counterpart here",
            ((":: Talking", "<<set $x to 1>>\n\n:: Talking"),),
            severity="warning",
            base=STORY,
        ),
    ),
    "S091": (Pair("no story is found", ((":: Start", "# Start"), (":: Talking", "# Talking")), base=STORY),),
}
