"""The OpenID provider that signs people in: code flow with PKCE, state and nonce, discovery, keys that may change."""

from __future__ import annotations

import time
import warnings
from typing import Any

import httpx
import structlog
from joserfc.errors import BadSignatureError, JoseError

from console.settings import OpenIdConnect
from office.errors import NotReachable
from readmodel.access import SignInBegun

with warnings.catch_warnings():  # it warns of its own coming change from httpx to httpx2, and puts its filter first
    import authlib.deprecate  # type: ignore[import-untyped] # it has no types

    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped] # as above
    from authlib.integrations.starlette_client import StarletteOAuth2App  # type: ignore[import-untyped] # as above

log = structlog.stdlib.get_logger(__name__)

ANSWERS_WITHIN_SECONDS = 10.0
DISCOVERED_ANEW_SECONDS = 3600.0
PUBLIC_KEY_ALGORITHMS = ("RS", "ES", "PS", "Ed")
"""How ID tokens may be signed; never by the client's own secret, never not at all."""


class SignInFailed(Exception):
    """The provider did not say who this is. Says what failed, for the log; people are told to begin again."""


class Provider:
    """One provider, discovered when it is first needed."""

    def __init__(self, told: OpenIdConnect, callback: str) -> None:
        self._told, self._callback = told, callback
        self._app = StarletteOAuth2App(
            None,
            name="provider",
            client_id=told.client_id,
            client_secret=told.client_secret,
            server_metadata_url=f"{told.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": ANSWERS_WITHIN_SECONDS,
            },
        )

    async def begin(self, back_to: str) -> tuple[str, str, SignInBegun]:
        """Return the provider's address to send a person to, the state, and what is kept until he comes back."""
        await self._discover()
        made = await self._app.create_authorization_url(self._callback)
        begun = SignInBegun(nonce=made["nonce"], code_verifier=made["code_verifier"], back_to=back_to)
        return made["url"], made["state"], begun

    async def who(self, code: str, begun: SignInBegun) -> str:
        """Return the value of the claim that names a user of the list. Raises `SignInFailed`, `NotReachable`."""
        await self._discover()
        try:
            token = await self._app.fetch_access_token(self._callback, code=code, code_verifier=begun.code_verifier)
            claims = await self._claims(token, begun.nonce)
            named = claims.get(self._told.user_claim)
            if named is None and self._app.server_metadata.get("userinfo_endpoint"):
                more = await self._app.userinfo(token=token)
                named = more.get(self._told.user_claim) if more.get("sub") == claims["sub"] else None
        except (AuthlibBaseError, JoseError, httpx.HTTPStatusError, ValueError, KeyError, TypeError) as failed:
            raise SignInFailed(type(failed).__name__) from None
        except httpx.HTTPError as failed:
            raise NotReachable(f"the sign-in provider cannot be reached: {type(failed).__name__}") from None
        if not isinstance(named, str) or not named:
            raise SignInFailed(f"no claim {self._told.user_claim}")
        return named

    async def _claims(self, token: Any, nonce: str) -> Any:
        if "id_token" not in token:
            raise SignInFailed("no ID token")
        wanted = {
            "iss": {"essential": True, "values": [self._app.server_metadata["issuer"]]},
            "aud": {"essential": True, "value": self._told.client_id},
        }
        try:
            return await self._app.parse_id_token(token, nonce, claims_options=wanted)
        except BadSignatureError:  # a key that changed under its old name, or that has none
            self._app.server_metadata.pop("jwks", None)
            return await self._app.parse_id_token(token, nonce, claims_options=wanted)

    async def _discover(self) -> None:
        """Read the provider's metadata, once an hour. Raises `NotReachable`, `SignInFailed`."""
        known = self._app.server_metadata
        if time.time() - known.get("_loaded_at", 0.0) > DISCOVERED_ANEW_SECONDS:
            known.pop("_loaded_at", None)
        try:
            metadata = await self._app.load_server_metadata()
        except (httpx.HTTPError, ValueError) as failed:
            raise NotReachable(f"the sign-in provider cannot be reached: {type(failed).__name__}") from None
        if str(metadata.get("issuer", "")).rstrip("/") != self._told.issuer:
            known.clear()
            raise SignInFailed("the provider names another issuer than REGIMEN_OIDC_ISSUER")
        algorithms = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [
            one for one in algorithms if one.startswith(PUBLIC_KEY_ALGORITHMS)
        ]
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in ways or "client_secret_post" not in ways
        self._app.client_kwargs["token_endpoint_auth_method"] = "client_secret_basic" if basic else "client_secret_post"
