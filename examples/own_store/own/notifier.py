"""Letter boxes: a folder for each address, and in it a file for each message."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from salesreg.ports import Delivered, Delivery, Message, Permanent, Temporary


class BoxNotifier:
    """Puts each message into the box of its address; one that is sent again takes its own place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message) -> Delivery:
        address = message.address or ""
        if "@" not in address or not address.isprintable() or "/" in address:
            return Permanent(f"{address!r} is no address that has a box")
        letter = {"to": address, "subject": " ".join(message.subject.splitlines()), "text": message.text}
        name = hashlib.sha256(message.id.encode("utf-8", "surrogatepass")).hexdigest()
        try:
            box = self.folder / address
            box.mkdir(parents=True, exist_ok=True)
            (box / f"{name}.json").write_text(json.dumps(letter), "utf-8")
        except OSError as error:
            return Temporary(str(error))
        return Delivered()

    def letters(self) -> list[dict[str, str]]:
        """What lies in the boxes."""
        return [json.loads(path.read_text("utf-8")) for path in sorted(self.folder.glob("*/*.json"))]
