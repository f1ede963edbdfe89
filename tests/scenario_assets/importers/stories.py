"""Stories for the tests, and what importing makes of them."""

from scenario_assets.importers import import_story
from scenario_assets.importers.story import Report, Story
from scenario_assets.importers.twee import parse_twee
from scenario_assets.language import Fault, Scenario, load

BUS_STOP = """\
:: StoryTitle
Somebody at the bus stop

:: StoryData
{
  "ifid": "D674C58C-DEFA-4F70-B7A2-27742230C0FC",
  "format": "Chapbook",
  "format-version": "2.3.0",
  "start": "At the kerb",
  "tag-colors": {"cast": "green"},
  "zoom": 0.25
}

:: The people [cast]
Kim: the person
Noor: passer-by

:: Before [briefing]
A caller reports somebody shouting at the traffic.

:: At the kerb {"position":"200,100","size":"100,100"}
media: scene bus_shelter
when Shouting: distance < 1.5 m for 1 s
after Shouting: 2 min
--
Kim paces at the kerb.

Kim: Four nights now. They never stop.
Kim: Do you hear them too?

[[Tell Kim your name->Talking]]
[[Shouting<-Order Kim to sit down]]
[[Ask Noor to step back|Noor steps back]]

:: Shouting {"position":"400,100"}
Kim: "Leave me be!"

You can [[Say that you keep back->At the kerb]] or [[Kim walks away]].

:: Talking {"position":"200,300"}
after Kim walks away: uniform(60 s, 2 min) when agitation >= 60
when Goes along: said(reflection) and trust > 60
--
Kim answers in pieces.

[[Offer the co-responder->Goes along]]

:: Goes along [end-goes_along] {"position":"200,500"}
Kim: "All right. Let's go."

:: Kim walks away
Kim walks off into the rain.

:: Noor films [region-bystander] {"position":"600.5,100"}
Noor: "I'm filming this."

:: Noor steps back [region-bystander]
"""


def told(faults: tuple[Fault, ...]) -> list[tuple[int, str]]:
    """Line and message of each fault."""
    return [(fault.line, fault.message) for fault in faults]


def imported(text: str) -> tuple[Scenario, list[tuple[int, str]]]:
    """The scenario made of a story, which must have no errors, and what was told."""
    made = import_story(text, "story.twee")
    return load("story.yaml", text=made.text), told(made.faults)


def twee(text: str) -> tuple[Story, list[tuple[int, str]]]:
    """A Twee text parsed, and what was told."""
    report = Report("story.twee")
    story = parse_twee(text, report)
    return story, told(report.faults)
