"""``talkdown serve``: the server, until it is told to stop."""

import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from session_server.cli.options import Data, DatabaseUrl, Port
from session_server.cli.terminal import console, data_folder, progress
from session_server.net.app import create_app
from session_server.net.disk import RESERVE_BYTES
from session_server.net.server import announced, listen, open_database, running, tune, until_told, url_of
from session_server.net.settings import DEFAULT_PORT, Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; headsets need one they can reach.")] = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    data: Data = None,
    database_url: DatabaseUrl = None,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate chain (PEM); headsets need HTTPS.")] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key (PEM).")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="Another page origin to accept, e.g. a proxy's.")] = None,
    scenario: Annotated[list[Path] | None, typer.Option(help="Offer this scenario file too.")] = None,
    sensors: Annotated[
        Path | None, typer.Option(help="The agency's declared sensors. [default: sensors.toml in the data folder]")
    ] = None,
    reserve_mib: Annotated[
        int, typer.Option(min=0, help="MiB of the disk to leave for the events of running sessions.")
    ] = RESERVE_BYTES >> 20,
) -> None:
    """Serve sessions to stations, headsets and instructors until stopped by Ctrl-C or SIGTERM.

    Browsers give microphones and headsets only to pages on HTTPS or on this machine itself.
    """
    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key go together")
    folder = data_folder(data)
    # A fault in the file is told before minutes are spent on a database.
    Settings(folder, "", "", sensors_file=sensors).sensors()
    listener = listen(host, port)
    with open_database(folder, database_url, progress=progress, wait=False) as database:
        settings = Settings(
            folder, database.url, database.description, frozenset(origin or ()), ready=database.ready,
            reserve_bytes=reserve_mib << 20, sensors_file=sensors,
        )  # fmt: skip
        app = create_app(settings, *(scenario or ()))
        url = url_of(listener, tls=certificate is not None)

        async def run() -> None:
            async with running(app, listener, certificate=certificate, key=key):
                console.print(
                    f"Data        {folder}\nDatabase    {database.description}\n"
                    f"Instructor  {url}/instructor#{app.state.house.key}\nTrainee     {url}/station",
                    markup=False, soft_wrap=True,
                )  # fmt: skip
                tune()
                with announced(folder, url=url, database=database.description, pid=os.getpid()):
                    await until_told()

        uvloop.run(run())
    console.print("Stopped. Everything that was acknowledged is kept.")
