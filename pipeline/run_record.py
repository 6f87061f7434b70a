"""The folder of one run, and `run.json` in it: what the run used, and how it ended."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import Config

if TYPE_CHECKING:
    from pipeline.verdict import NodeVerdict


@dataclass
class RunRecord:
    """Writes `run.json` at the start, and again whenever something is known."""

    run_id: str
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def start(cls, output: Path, config: Config) -> "RunRecord":
        """Make the folder of a new run; its name begins with the UTC time, so that names sort by age."""
        now = datetime.now(timezone.utc)
        stamp = now.strftime("%Y%m%d-%H%M%S")
        for number in range(100):
            run_id = f"{stamp}-{number:02d}"
            folder = output / "runs" / run_id
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            break
        record = cls(run_id, folder, {"run_id": run_id, "started": now.isoformat(timespec="seconds"), "state": "running"})
        (folder / "config.yaml").write_text(config.to_yaml(with_paths=False), encoding="utf-8")
        record.write()
        return record

    @property
    def log(self) -> Path:
        """The log file of the run."""
        return self.folder / "run.log"

    def note(self, **facts: Any) -> None:
        """Add facts and write them."""
        self.facts.update(facts)
        self.write()

    def note_nodes(self, verdicts: Iterable["NodeVerdict"]) -> None:
        """Add how each node ended."""
        self.note(nodes=[{"node": item.node, "state": item.state.value, "seconds": round(item.seconds, 2)} for item in verdicts])

    def finish(self, state: str) -> None:
        """Say how the run ended."""
        self.note(state=state, finished=datetime.now(timezone.utc).isoformat(timespec="seconds"))

    def write(self) -> None:
        """Write `run.json` so that a reader never sees half of it."""
        temporary = self.folder / ".run.json"
        temporary.write_text(json.dumps(self.facts, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, self.folder / "run.json")
