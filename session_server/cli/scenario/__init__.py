"""``talkdown scenario``: tools for authors, one command per module."""

import typer

from session_server.cli.scenario import check, graph, importing, new, play, replay, schema, simulate

app = typer.Typer(no_args_is_help=True, help="Tools for those who write scenarios.")
app.command("check")(check.check)
app.command("graph")(graph.graph)
app.command("import")(importing.import_)
app.command("new")(new.new)
app.command("play")(play.play)
app.command("replay")(replay.replay)
app.command("schema")(schema.schema)
app.command("simulate")(simulate.simulate)
