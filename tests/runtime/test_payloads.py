"""What Temporal keeps is encrypted, under keys that can be changed."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from runtime.payloads import KEY_ID, EncryptionCodec, KeyRing, UndecipherablePayloadError, data_converter


class Patient(BaseModel):
    name: str


ADA = Patient(name="Ada Lovelace")


async def test_a_record_comes_back_and_lies_encrypted_in_between() -> None:
    converter = data_converter(KeyRing.generate())

    [payload] = await converter.encode([ADA])

    assert b"Ada" not in payload.SerializeToString()
    assert await converter.decode([payload], [Patient]) == [ADA]


async def test_after_a_rotation_the_new_key_encrypts_and_the_old_one_still_decrypts() -> None:
    old = KeyRing.generate("2026-01")
    [before] = await data_converter(old).encode([ADA])

    rotated = data_converter(old.with_new_first("2026-07"))
    [after] = await rotated.encode([ADA])

    assert after.metadata[KEY_ID] == b"2026-07"
    assert await rotated.decode([before, after], [Patient, Patient]) == [ADA, ADA]


async def test_a_payload_under_an_unknown_key_names_that_key() -> None:
    [payload] = await data_converter(KeyRing.generate("lost")).encode([ADA])

    with pytest.raises(UndecipherablePayloadError, match="the key 'lost'; the ring has 'k1'"):
        await data_converter(KeyRing.generate("k1")).decode([payload], [Patient])


async def test_a_payload_under_another_key_of_the_same_id_is_refused() -> None:
    [payload] = await data_converter(KeyRing.generate("k1")).encode([ADA])

    with pytest.raises(UndecipherablePayloadError, match="does not open it"):
        await data_converter(KeyRing.generate("k1")).decode([payload], [Patient])


@pytest.mark.parametrize("cut", [0, 5, 20, -1])
async def test_a_damaged_payload_is_refused(cut: int) -> None:
    codec = EncryptionCodec(KeyRing.generate())
    [payload] = await codec.encode([Payload(data=b"x" * 30)])

    with pytest.raises(UndecipherablePayloadError):
        await codec.decode([Payload(metadata=payload.metadata, data=payload.data[:cut])])


async def test_what_others_wrote_in_clear_passes() -> None:
    clear = Payload(metadata={"encoding": b"json/plain"}, data=b"1")

    assert await EncryptionCodec(KeyRing.generate()).decode([clear]) == [clear]


async def test_a_failures_message_and_trace_are_encrypted_too() -> None:
    converter, failure = data_converter(KeyRing.generate()), Failure()

    try:
        raise ApplicationError("Ada Lovelace has no phone", type="Refused")
    except ApplicationError as refused:
        await converter.encode_failure(refused, failure)

    assert b"Ada" not in failure.SerializeToString()
    assert failure.application_failure_info.type == "Refused"
    assert "Ada Lovelace" in str(await converter.decode_failure(failure))


def test_a_ring_reads_what_it_writes_and_shows_nothing() -> None:
    ring = KeyRing.generate().with_new_first("k2")

    assert KeyRing.parse(ring.text()) == ring
    assert KeyRing.parse(ring.text().replace(",", "\n")).current_id == "k2"
    assert ring.text() not in repr(ring)
