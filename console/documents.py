"""Documents that stand alone, to be printed."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi.responses import HTMLResponse, Response


def document(html: str) -> Response:
    """Return a document that stands alone: its one style, and nothing else, is allowed by its hash."""
    styles = re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in styles)
    policy = f"default-src 'none'; style-src {hashes}; frame-ancestors 'none'; base-uri 'none'"
    return HTMLResponse(html, headers={"content-security-policy": policy})
