"""All options of a run together."""

from __future__ import annotations

from dataclasses import dataclass

from ga_ooo.errors import UsageError
from ga_ooo.options.declare import Declared, nested
from ga_ooo.options.journal import JournalOptions
from ga_ooo.options.model import ModelOptions
from ga_ooo.options.prices import PriceOptions
from ga_ooo.options.run import FileOptions, RunOptions
from ga_ooo.options.serve import ServeOptions


@dataclass(frozen=True)
class Options(Declared):
    """All options of a run.

    Attributes:
        run: how it is executed.
        model: which model answers, and how it is asked.
        journal: whether answers are written down, and where.
        serve: model servers that start and stop with the run.
        files: the files and folders that it uses.
        prices: what its model costs.
    """

    run: RunOptions = nested(RunOptions)
    model: ModelOptions = nested(ModelOptions)
    journal: JournalOptions = nested(JournalOptions)
    serve: ServeOptions = nested(ServeOptions)
    files: FileOptions = nested(FileOptions)
    prices: PriceOptions = nested(PriceOptions)

    def check(self) -> None:
        if self.serve.model:
            self._check_own_servers()
        elif self.model.embedding_urls and not self.model.generative_urls:
            raise UsageError(
                "an embedding URL without a model URL", "give --model-url and --model-name too"
            )
        self._check_prices()
        asks = self.journal.replay is None and (self.serve.model or self.model.servers)
        if asks and self.run.clock == "virtual":
            raise UsageError(
                "model servers answer on the wall clock",
                "leave --clock virtual out, or take the scripted model (--model scripted)",
            )

    def _check_prices(self) -> None:
        names = (name for server in self.model.servers for name in server.model_names)
        self.prices.check_models(tuple(dict.fromkeys((*names, *self.model.names.served))))
        if self.run.budget is not None and not self.prices.are_given:
            raise UsageError(
                "a budget without prices",
                "write the prices of the model into ga-ooo.toml, as docs/costs.md shows",
            )

    def _check_own_servers(self) -> None:
        if self.model.generative_urls:
            given = "--provider" if self.model.provider else "--model-url"
            raise UsageError(f"both --serve and {given}", "leave one of them out")
        if self.journal.replay is not None:
            raise UsageError(
                "both --serve and --replay", "leave --serve out: a replay asks no model"
            )
        if not self.serve.embedding_model and not self.model.embedding_urls:
            raise UsageError(
                "--serve MODEL generates text only, and a run needs embeddings too",
                "add --serve-embedding MODEL, or --embedding-url and --embedding-name of a server",
            )
