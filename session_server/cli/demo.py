"""``talkdown demo``: one session on this machine, for a person at two tabs or for a scripted trainee."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from clients.bots import play
from clients.sessions import Sessions
from scenario_assets.language import Scenario, load
from scenario_assets.runtime import InputError, policy_as_json
from scoring import text_of
from session_server.cli.options import Data, DatabaseUrl, Port, scenario_file
from session_server.cli.terminal import console, data_folder, progress
from session_server.core.phases import Phase
from session_server.net.app import create_app
from session_server.net.house import House
from session_server.net.room import Room
from session_server.net.server import announced, listen, open_database, running, until_told, url_of
from session_server.net.settings import DEFAULT_PORT, Settings
from session_server.store.audit import audit

SCENARIO: Final = "bus-shelter"
#: A scripted trainee who comes too close at first and mends it: there is something to see in the report. For
#: scenarios without one, the last of theirs: they are written from the worst to the best.
POLICY: Final = "steps_in_and_back"
#: Grading waits for the drain, some 100 ms, and takes less than a second.
GRADED_WITHIN_S: Final = 60.0


def demo(
    seconds: Annotated[
        float | None, typer.Option("--for", min=5, help="Let a scripted trainee play this many seconds, then exit.")
    ] = None,
    port: Port = DEFAULT_PORT,
    data: Data = None,
    database_url: DatabaseUrl = None,
    scenario: Annotated[
        Path | None, typer.Option(help="Play this scenario: a file, or the name of a shipped one.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help=f"With --for: which of the scenario's scripted trainees plays. [default: {POLICY}, or the last "
            "in the file where there is none of that name]"
        ),
    ] = None,
) -> None:
    """Open a session on this machine and print two links: join as trainee, watch as instructor.

    Stays until Ctrl-C. With --for, a scripted trainee plays over the real wire; its grade is printed.
    What is recorded stays in the folder told first.
    """
    folder = data_folder(data)
    file = scenario_file(scenario or Path(SCENARIO))
    chosen = load(file)
    bot = policy_as_json(chosen, policy or _usual_policy(chosen)) if seconds is not None else None
    try:
        listener = listen("127.0.0.1", port)
    except OSError:
        listener = listen("127.0.0.1", 0)
        progress(f"Port {port} is taken; another one is used.")
    with open_database(folder, database_url, progress=progress, wait=False) as database:
        settings = Settings(folder, database.url, database.description, ready=database.ready)
        app = create_app(settings, *([file] if scenario else []))
        house: House = app.state.house
        url = url_of(listener, tls=False)

        async def run() -> None:
            async with running(app, listener):
                with announced(folder, url=url, database=database.description, pid=os.getpid()):
                    room = house.open(chosen.id, pseudonym="demo")
                    await house.recorder.durable()
                    console.print(
                        f"Data        {folder}\nDatabase    {database.description}", markup=False, soft_wrap=True
                    )
                    if seconds is None or bot is None:
                        await _people(house, room, url)
                    else:
                        await _bot(house, room, url, bot, seconds, settings)

        uvloop.run(run())


def _usual_policy(scenario: Scenario) -> str:
    """The scripted trainee who plays where none is named."""
    if not scenario.policies:
        raise InputError(f"{scenario.id} has no scripted trainee (`policies`); leave out --for and play yourself")
    return POLICY if POLICY in scenario.policies else tuple(scenario.policies)[-1]


async def _people(house: House, room: Room, url: str) -> None:
    code = house.code(room.session.id)
    console.print(
        f"\nJoin as trainee      {url}/station#{code}\n"
        f"Watch as instructor  {url}/instructor#{house.key}/{room.session.id}\n\n"
        "Open both in a browser on this machine. Ctrl-C ends the demo.",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    await until_told()
    if room.session.phase in (Phase.LOBBY, Phase.BRIEFING):
        room.end("the demo was ended before anybody began")
    console.print("\nStopped. Everything that was acknowledged is kept.")


async def _bot(
    house: House, room: Room, url: str, policy: Mapping[str, object], seconds: float, settings: Settings
) -> None:
    session = str(room.session.id)
    title = room.session.fold.scenario.title
    console.print(
        f"A scripted trainee ({policy['name']}) plays {title!r} for {seconds:.0f} s ...", markup=False, soft_wrap=True
    )
    played = await play(url, code=house.code(room.session.id), key=house.key, session=session, policy=policy,
                        seconds=seconds)  # fmt: skip
    api = Sessions(url, house.key)
    async with asyncio.timeout(GRADED_WITHIN_S):
        # Asked over HTTP as any other client would.
        while (report := await asyncio.to_thread(api.report, session)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    console.print(text_of(report), markup=False, soft_wrap=True)
    found = await asyncio.to_thread(audit, settings.database_url, played.issued)
    console.print(
        f"\nRows sent {played.rows_sent}, stored {found.rows_stored}, lost {found.rows_lost}, "
        f"duplicated {found.rows_duplicated}\nReport      {settings.reports / f'{session}.json'}",
        markup=False, soft_wrap=True,
    )  # fmt: skip
