"""Encryption of everything that Temporal stores about a course: inputs, results, memos, failures."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
KEY_BYTES = 32
NONCE_BYTES = 12
COMPRESSION = 6
"""Records are JSON with the same names again and again: packed, histories take about a third of the room."""
_KEY_ID_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class KeyRingError(ValueError):
    """The text of a key ring is wrong. The message never holds a key."""


class UndecipherablePayloadError(Exception):
    """A payload cannot be decrypted with the keys we have. Names the key id that it asks for."""


@dataclasses.dataclass(frozen=True)
class KeyRing:
    """Keys by id, in the order given. The first encrypts; all decrypt."""

    keys: dict[str, bytes] = dataclasses.field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:base64key,id2:base64key`, newlines allowed between.

        Raises `KeyRingError`, which says which entry is wrong by its place.
        """
        keys: dict[str, bytes] = {}
        for place, entry in enumerate(filter(None, re.split(r"[,\s]+", text)), start=1):
            key_id, colon, encoded = entry.partition(":")
            if not colon or not _KEY_ID_SHAPE.fullmatch(key_id):
                raise KeyRingError(f"entry {place} is not id:base64key with an id of letters, digits, '_', '.', '-'")
            if key_id in keys:
                raise KeyRingError(f"entry {place} repeats the id {key_id!r}")
            keys[key_id] = _key_from(encoded, key_id)
        if not keys:
            raise KeyRingError("it holds no key")
        return cls(keys)

    @classmethod
    def generate(cls, key_id: str = "k1") -> Self:
        return cls({key_id: os.urandom(KEY_BYTES)})

    @property
    def current_id(self) -> str:
        return next(iter(self.keys))

    def with_new_first(self, key_id: str) -> KeyRing:
        """Return a ring whose new first key encrypts from now on, while all older ones still decrypt."""
        if key_id in self.keys:
            raise KeyRingError(f"there is a key {key_id!r} already")
        return KeyRing({key_id: os.urandom(KEY_BYTES)} | self.keys)

    def text(self) -> str:
        """Return the ring as `parse` reads it. Whoever has this can read every course."""
        return ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in self.keys.items())


def _key_from(encoded: str, key_id: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as problem:
        raise KeyRingError(f"the key {key_id!r} is not base64") from problem
    if len(key) != KEY_BYTES:
        raise KeyRingError(f"the key {key_id!r} has {len(key)} bytes, not {KEY_BYTES}")
    return key


class EncryptionCodec(PayloadCodec):
    """Packs with zlib, then AES-256-GCM with the key's id beside the data and authenticated with it."""

    def __init__(self, ring: KeyRing) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}
        self._current_id = ring.current_id

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        key_id = self._current_id.encode()
        packed = zlib.compress(payload.SerializeToString(), level=COMPRESSION)
        sealed = self._ciphers[self._current_id].encrypt(nonce, packed, key_id)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: key_id}, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        # What others wrote in clear (the server's own, a key-less past) passes: the codec also serves the Web UI.
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UndecipherablePayloadError(
                f"a payload was encrypted with the key {key_id!r}; the ring has {_listed(self._ciphers)}. "
                "Add that key to REGIMEN_PAYLOAD_KEYS."
            )
        try:
            clear = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], key_id.encode())
        except (InvalidTag, ValueError):
            raise UndecipherablePayloadError(
                f"a payload says it was encrypted with the key {key_id!r}, but that key does not open it"
            ) from None
        return Payload.FromString(zlib.decompress(clear))


def _listed(key_ids: Iterable[str]) -> str:
    return ", ".join(repr(key_id) for key_id in key_ids)


def data_converter(ring: KeyRing) -> DataConverter:
    """Return the converter that every client, worker and replayer of Regimen uses.

    Failure messages and stack traces are encrypted too: an exception's text may quote a patient.
    """
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(ring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
