"""Names used must be names defined (S023)."""

from collections.abc import Collection

from scenario_assets.language.behaviour import Do, Transition
from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import unknown
from scenario_assets.language.paths import Place, find, places, resolve
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import EMITTING, deeds, emitted

#: Words ``facing`` knows besides actors.
_FACING = ("trainee", "ahead")


def check_names(scenario: Scenario, reader: Reader) -> None:
    """Report every name that leads nowhere."""
    check = _Check(scenario, reader)
    check.starts()
    check.nodes()
    for deed in deeds(scenario):
        check.deed(deed)
    check.people()
    check.inputs()
    check.scoring()
    check.tests()
    check.layout()


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self.events = emitted(scenario)
        self.unread = {place.region for place in places(scenario) if not reader.sound(place.node.states)}
        self.unread |= {region for region, nodes in scenario.regions.items() if not reader.sound(nodes)}
        self.all_emitted = reader.sound(scenario, *EMITTING)

    def known(self, owner: object, key: str, name: str | None, names: Collection[str], what: str) -> None:
        """Report ``name`` unless it is one of ``names``; placeholders (empty) were reported when read.

        Nothing is missing from names of which some could not be read.
        """
        if name and name not in names and self.reader.sound(names) and not self.reader.full:
            self.reader.fault("S023", self.reader.place(owner, key), unknown(what, name, names))

    def starts(self) -> None:
        scenario = self.scenario
        for region, name in scenario.start.items():
            if region not in scenario.regions:
                self.known(scenario.start, region, region, scenario.regions, "region")
            else:
                self.known(scenario.start, region, name, scenario.regions[region], f"node in region {region}")
        for region in scenario.regions:
            if region not in scenario.start and self.reader.sound(scenario.start):
                place = self.reader.place(scenario, "start")
                self.reader.fault("S023", place, f"region {region!r} has no start; add `{region}: <node>`")
        self.known(scenario.limit, "end", scenario.limit.end, scenario.outcomes, "outcome")

    def nodes(self) -> None:
        scenario = self.scenario
        for place in places(scenario):
            node = place.node
            for name in node.offers:
                self.known(node, "offers", name, scenario.choices, "choice")
            self.known(node, "end", node.end, scenario.outcomes, "outcome")
            if node.states:
                self.known(node, "start", node.start or "(start)", node.states, f"node inside {place.full}")
            for way in node.next:
                for target in way.to:
                    self._target(place, way, target.node)

    def _target(self, place: Place, way: Transition, target: str) -> None:
        if (
            target
            and place.region not in self.unread
            and not self.reader.full
            and resolve(self.scenario, place.region, place.path, target) is None
        ):
            names = self.scenario.regions[place.region]
            message = unknown(f"node of {place.region}", target, names)
            self.reader.fault("S023", self.reader.place(way, "to"), message)

    def deed(self, deed: Do) -> None:
        scenario = self.scenario
        for state in deed.add:
            self.known(deed, "add", state, scenario.dynamics, "state")
        for key in ("place", "pose", "move"):
            for actor in getattr(deed, key):
                self.known(deed, key, actor, scenario.actors, "actor")
        for actor in deed.leave:
            self.known(deed, "leave", actor, scenario.actors, "actor")
        for request in deed.radio:
            self.known(deed, "radio", request, scenario.radio, "radio request")
        for line in deed.say:
            self.known(deed, "say", line, scenario.lines, "line")
        self._places(deed)
        self._poses(deed)
        self._gotos(deed)
        speakers = {scenario.lines[line].actor for line in deed.say if line in scenario.lines} - {""}
        if len(speakers) > 1:
            message = f"one of these lines is chosen, but they are spoken by {', '.join(sorted(speakers))}"
            self.reader.fault("S023", self.reader.place(deed, "say"), message)

    def _places(self, deed: Do) -> None:
        for spot in deed.place.values():
            if isinstance(spot, str):
                self.known(deed, "place", spot, self.scenario.scene.places, "place")
        for move in deed.move.values():
            key = "to" if move.to is not None else "path"
            for goal in (move.to, *move.path):
                if isinstance(goal, str):
                    self.known(move, key, goal, self.scenario.scene.places, "place")

    def _poses(self, deed: Do) -> None:
        for pose in deed.pose.values():
            self._faces(pose, pose.facing)

    def _faces(self, owner: object, name: str | None) -> None:
        if self.reader.sound(self.scenario.actors):
            self.known(owner, "facing", name, (*self.scenario.actors, *_FACING), "actor to face")

    def _gotos(self, deed: Do) -> None:
        for region, path in deed.goto.items():
            if region not in self.scenario.regions:
                self.known(deed, "goto", region, self.scenario.regions, "region")
            elif path and region not in self.unread and find(self.scenario.regions[region], path) is None:
                self.known(deed, "goto", path, self.scenario.regions[region], f"node in region {region}")

    def people(self) -> None:
        scenario = self.scenario
        for actor in scenario.actors.values():
            if isinstance(actor.at, str):
                self.known(actor, "at", actor.at, scenario.scene.places, "place")
            self._faces(actor, actor.facing)
            arousal = actor.arousal if isinstance(actor.arousal, str) else None
            self.known(actor, "arousal", arousal, scenario.dynamics, "state")
        for line in scenario.lines.values():
            self.known(line, "actor", line.actor, scenario.actors, "actor")

    def inputs(self) -> None:
        scenario = self.scenario
        for choice in scenario.choices.values():
            self.known(choice, "said", choice.said, scenario.said, "kind of utterance")
            self.known(choice, "act", choice.act, scenario.acts, "act")
            self.known(choice, "radio", choice.radio, scenario.radio, "radio request")

    def scoring(self) -> None:
        scenario, scoring = self.scenario, self.scenario.scoring
        self.known(scoring, "person", scoring.person, scenario.actors, "actor")
        self.known(scoring.outcome, "state", scoring.outcome.state, scenario.dynamics, "state")
        if scoring.help is not None:
            self._emitted(scoring.help, "indicated", scoring.help.indicated)
            for request in scoring.help.counts:
                self.known(scoring.help, "counts", request, scenario.radio, "radio request")
        for sign in scoring.signs.values():
            self._emitted(sign, "event", sign.event)
        for threat in {place.node.threat for place in places(scenario)} - {None}:
            self.known(scoring, "distance", threat, scoring.distance, "distance for threat")

    def _emitted(self, owner: object, key: str, name: str) -> None:
        if self.all_emitted:
            self.known(owner, key, name, self.events, "event")

    def tests(self) -> None:
        scenario = self.scenario
        for policy in scenario.policies.values():
            for step in policy.steps:
                if step.approach is not None:
                    self.known(step.approach, "actor", step.approach.actor, scenario.actors, "actor")
                boxes = [box.id for box in scenario.scene.cover]
                if self.reader.sound(scenario.scene, "cover"):
                    self.known(step, "take_cover", step.take_cover, boxes, "box of the scene's cover")
                if step.speak is not None:
                    self.known(step.speak, "said", step.speak.said, scenario.said, "kind of utterance")
                for line in step.heard:
                    self.known(step, "heard", line, scenario.lines, "line")
                for choice in step.choose:
                    self.known(step, "choose", choice, scenario.choices, "choice")
                self.known(step, "radio", step.radio, scenario.radio, "radio request")
                self.known(step, "act", step.act, scenario.acts, "act")
        for expect in scenario.expect:
            self.known(expect, "policy", expect.policy, scenario.policies, "policy")
            for outcome in expect.outcome:
                self.known(expect, "outcome", outcome, scenario.outcomes, "outcome")

    def layout(self) -> None:
        nodes = [place.full for place in places(self.scenario)]
        for path in self.scenario.layout if self.reader.sound(self.scenario, "regions") else ():
            self.known(self.scenario.layout, path, path, nodes, "node (written region.node)")
