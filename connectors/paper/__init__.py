"""Papers: letters, shop and counter forms (`paper`, its manual in paper.py).

entry      what somebody says of a paper, by a sidecar or on the page    reading   the common message of it
folder     the watched folder of scans                                   scans     of which kind, and whether complete
page       the staff page, in six languages (words.yaml)                 login     who opens it
settings   what it is configured with                                    typed     what was typed on the page
"""

from __future__ import annotations

from connectors.paper.paper import PaperDesk
from connectors.paper.reading import parse
from connectors.paper.settings import PaperSettings

__all__ = ["PaperDesk", "PaperSettings", "parse"]
