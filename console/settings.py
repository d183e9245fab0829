"""Where the console listens and who signs people in, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from runtime.environment import Environment, SettingsError

USUAL_PORT = 8484


@dataclass(frozen=True, kw_only=True)
class OpenIdConnect:
    """The provider that signs people in. `user_claim` is the claim that names a user of the list."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    user_claim: str = "preferred_username"


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings:
    host: str
    port: int
    url: str
    """How people reach it: a proxy may stand before it."""
    provider: OpenIdConnect | None = None
    proxies: str = "127.0.0.1"
    """Whose word on where a request comes from is taken: addresses or networks, separated by commas."""
    metrics_token: str | None = field(default=None, repr=False)
    sign_ins_per_minute: int = 30
    failures_per_minute: int = 30
    """How often an address may come with a wrong token, or as nobody of the list."""
    api_requests_per_minute: int = 600

    @property
    def is_secure(self) -> bool:
        """Whether people reach it by https, so that cookies may say so."""
        return urlsplit(self.url).scheme == "https"


def load_console_settings(environ: Mapping[str, str]) -> ConsoleSettings:
    """Return the console's settings. Raises `SettingsError`, which names the variable and what was expected."""
    env = Environment(environ)
    listen = env.matching("REGIMEN_CONSOLE_LISTEN", r"[^:/\s]+:[0-9]{1,5}", "host:port") or f"127.0.0.1:{USUAL_PORT}"
    host, _, port = listen.rpartition(":")
    url = env.url("REGIMEN_CONSOLE_URL", schemes=("http", "https")) or f"http://{listen}"
    return ConsoleSettings(
        host=host,
        port=int(port),
        url=url.rstrip("/"),
        provider=_provider(env),
        proxies=env.text("REGIMEN_CONSOLE_PROXIES") or ConsoleSettings.proxies,
        metrics_token=env.text("REGIMEN_METRICS_TOKEN"),
        api_requests_per_minute=env.whole_number("REGIMEN_API_REQUESTS_PER_MINUTE", at_least=1)
        or ConsoleSettings.api_requests_per_minute,
    )


def _provider(env: Environment) -> OpenIdConnect | None:
    issuer = env.url("REGIMEN_OIDC_ISSUER", schemes=("https", "http"))
    client_id, secret = env.text("REGIMEN_OIDC_CLIENT_ID"), env.text("REGIMEN_OIDC_CLIENT_SECRET")
    if issuer is None:
        return None
    for name, value in (("REGIMEN_OIDC_CLIENT_ID", client_id), ("REGIMEN_OIDC_CLIENT_SECRET", secret)):
        if value is None:
            raise SettingsError(name, "is not set, but REGIMEN_OIDC_ISSUER is")
    assert client_id is not None
    assert secret is not None
    claim = env.text("REGIMEN_OIDC_USER_CLAIM") or "preferred_username"
    return OpenIdConnect(issuer=issuer.rstrip("/"), client_id=client_id, client_secret=secret, user_claim=claim)
