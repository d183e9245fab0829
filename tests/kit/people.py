"""Who acts in tests: the users of `examples/users.toml`."""

from __future__ import annotations

from domain.people import Actor, Role

AMY = Actor(user_id="amy.ops", role=Role.OPERATIONS)
DR_LEE = Actor(user_id="dr.lee", role=Role.CLINICIAN, may_inject=True)
DR_KHAN = Actor(user_id="dr.khan", role=Role.CLINICIAN, may_inject=True)
NINA = Actor(user_id="nina.np", role=Role.CLINICIAN)
BEN = Actor(user_id="ben.billing", role=Role.BILLING)
ADA = Actor(user_id="ada.admin", role=Role.ADMIN)
DELIVERY = Actor(user_id="delivery", role=Role.SYSTEM)
EVERYBODY = (AMY, DR_LEE, DR_KHAN, NINA, BEN, ADA)

NAMES = {
    "amy.ops": "Amy Alvarez",
    "otto.ops": "Otto Okafor",
    "dr.lee": "Dr. Jordan Lee",
    "dr.khan": "Dr. Samira Khan",
}
"""What `examples/users.toml` calls those whom sentences name in tests."""
ONE_OF_EACH_ROLE = {
    Role.OPERATIONS: AMY,
    Role.CLINICIAN: DR_LEE,
    Role.BILLING: BEN,
    Role.ADMIN: ADA,
    Role.SYSTEM: DELIVERY,
}
